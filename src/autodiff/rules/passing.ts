import type { Rule } from '../rule';
import { unaryRule, type RuleEntry } from './entry';
import { Formula } from './formula';

// prettier-ignore
/** Operators whose results do not change with small changes of their inputs, or are no numbers at all. */
export const constantOperators: readonly string[] = [
  'Shape', 'Size', 'Constant', 'ConstantOfShape', 'EyeLike', 'OneHot', 'Range',
  'ArgMax', 'ArgMin', 'Sign', 'Floor', 'Ceil', 'Round',
  'Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'And', 'Or', 'Xor', 'Not', 'IsNaN', 'IsInf',
  'RandomNormal', 'RandomNormalLike', 'RandomUniform', 'RandomUniformLike', 'Bernoulli', 'Multinomial',
];

const noGradient: Rule = { backward: () => undefined };

/**
 * Dropout lets everything through, and a mask, where one is asked for, is all true. A training step makes products with
 * masks of its own of these nodes before it is differentiated (training/dropout.ts).
 */
const dropout: Rule = {
  forward(node, scope) {
    const [x] = node.input;
    const [y, mask] = node.output;
    scope.builder.op('Identity', [x], {}, { outputs: [y], name: node.name });
    if (mask) {
      const value = { tensor: { type: 'bool' as const, dims: [1], data: Uint8Array.of(1) } };
      const dims = scope.builder.ints(scope.shape(x).dims);
      scope.builder.op('ConstantOfShape', [dims], { value }, { outputs: [mask] });
    }
  },
  backward(node, scope) {
    const dY = scope.gradient(node.output[0]);
    if (dY !== undefined && scope.wants(node.input[0])) scope.accumulate(node.input[0], dY);
  },
};

/** Cast between floating-point types; from and to other types nothing passes. */
const cast: Rule = {
  backward(node, scope) {
    const [x] = node.input;
    const dY = scope.gradient(node.output[0]);
    const from = scope.shape(x).type;
    const to = scope.shape(node.output[0]).type;
    if (dY === undefined || !scope.wants(x) || !from.includes('float') || !to.includes('float')) return;
    scope.accumulate(x, new Formula(scope.builder, to).cast(dY, from));
  },
};

/** The identity forwards and nothing backwards: what straight-through estimators are made of. */
const stopGradient: Rule = {
  forward(node, scope) {
    scope.builder.op('Identity', [node.input[0]], {}, { outputs: [node.output[0]], name: node.name });
  },
  backward: () => undefined,
};

/** Operators that pass values on, and those that no gradient passes. */
export const passingRules: readonly RuleEntry[] = [
  unaryRule('Identity', ({ dY }) => dY),
  ['Cast', cast],
  ['Dropout', dropout],
  ['layerwise:StopGradient', stopGradient],
  ...constantOperators.map((operator): RuleEntry => [operator, noGradient]),
];
