import { float, floatAttribute } from '../../onnx/attributes';
import type { Rule } from '../rule';
import { accumulateReduced } from './broadcasting';
import { unaryRule, type RuleEntry } from './entry';
import { Formula } from './formula';

/** Slope and intercept of HardSwish's inner HardSigmoid (ONNX, HardSwish). */
const hardSwish = { alpha: 1 / 6, beta: 0.5 };
/** Constants of Selu (ONNX, Selu). */
const selu = { alpha: 1.6732632423543772, gamma: 1.0507009873554805 };

/** `slope` where `x <= 0`, 1 elsewhere. */
function leakySlope(f: Formula, x: string, slope: number): string {
  return f.add(f.mul(f.positive(x), 1 - slope), slope);
}

/** 1 where `x > 0`, `scale exp(x)` elsewhere. */
function exponentialSlope(f: Formula, x: string, scale: number): string {
  const positive = f.positive(x);
  const negative = f.mul(f.unary('Exp', f.min(x, 0)), scale);
  return f.add(positive, f.mul(negative, f.complement(positive)));
}

/** 1 where `0 < y < 1`, 0 elsewhere. */
function unsaturated(f: Formula, y: string): string {
  return f.mul(f.positive(y), f.positive(f.complement(y)));
}

/** PRelu, `slope` broadcast to `X`: learnt slopes get `dY x` where `x < 0`. */
const pRelu: Rule = {
  backward(node, scope) {
    const [x, slope] = node.input;
    const dY = scope.gradient(node.output[0]);
    if (dY === undefined) return;
    const f = Formula.of(scope, x);
    const { dims } = scope.shape(x);
    if (scope.wants(x)) {
      const positive = f.positive(x);
      scope.accumulate(x, f.mul(dY, f.add(positive, f.mul(f.complement(positive), slope))));
    }
    if (scope.wants(slope)) accumulateReduced(scope, f, slope, f.mul(dY, f.min(x, 0)), dims);
  },
};

/** Clip; learnt limits get the gradient of the elements that they hold. */
const clip: Rule = {
  backward(node, scope) {
    const [x, low = '', high = ''] = node.input;
    const dY = scope.gradient(node.output[0]);
    if (dY === undefined) return;
    const f = Formula.of(scope, x);
    const { dims } = scope.shape(x);
    if (scope.wants(x)) {
      const masks = [...(low ? [f.positive(f.sub(x, low))] : []), ...(high ? [f.positive(f.sub(high, x))] : [])];
      scope.accumulate(
        x,
        masks.reduce((gradient, mask) => f.mul(gradient, mask), dY),
      );
    }
    if (low && scope.wants(low)) accumulateReduced(scope, f, low, f.mul(dY, f.positive(f.sub(low, x))), dims);
    if (high && scope.wants(high)) accumulateReduced(scope, f, high, f.mul(dY, f.positive(f.sub(x, high))), dims);
  },
};

/** Activation functions. At a kink the derivative is that of the flat side, as in PyTorch. */
export const activationRules: readonly RuleEntry[] = [
  unaryRule('Relu', ({ f, y, dY }) => f.mul(dY, f.positive(y))),
  unaryRule('LeakyRelu', ({ f, node, x, dY }) => f.mul(dY, leakySlope(f, x, floatAttribute(node, 'alpha', 0.01)))),
  unaryRule('ThresholdedRelu', ({ f, node, x, dY }) =>
    f.mul(dY, f.positive(f.sub(x, floatAttribute(node, 'alpha', 1)))),
  ),
  unaryRule('Elu', ({ f, node, x, dY }) => f.mul(dY, exponentialSlope(f, x, floatAttribute(node, 'alpha', 1)))),
  unaryRule('Selu', ({ f, node, x, dY }) => {
    const alpha = floatAttribute(node, 'alpha', selu.alpha);
    return f.mul(f.mul(dY, exponentialSlope(f, x, alpha)), floatAttribute(node, 'gamma', selu.gamma));
  }),
  unaryRule('Celu', ({ f, node, x, dY }) =>
    f.mul(dY, f.unary('Exp', f.div(f.min(x, 0), floatAttribute(node, 'alpha', 1)))),
  ),
  unaryRule('Sigmoid', ({ f, y, dY }) => f.mul(dY, f.mul(y, f.complement(y)))),
  unaryRule('HardSigmoid', ({ f, node, y, dY }) =>
    f.mul(f.mul(dY, floatAttribute(node, 'alpha', 0.2)), unsaturated(f, y)),
  ),
  unaryRule('HardSwish', ({ f, x, dY }) => {
    const gate = f.builder.op('HardSigmoid', [x], { alpha: float(hardSwish.alpha), beta: float(hardSwish.beta) });
    return f.mul(dY, f.add(gate, f.mul(f.mul(x, hardSwish.alpha), unsaturated(f, gate))));
  }),
  unaryRule('Tanh', ({ f, y, dY }) => f.mul(dY, f.complement(f.square(y)))),
  unaryRule('Softplus', ({ f, x, dY }) => f.mul(dY, f.unary('Sigmoid', x))),
  unaryRule('Softsign', ({ f, x, dY }) => f.div(dY, f.square(f.add(f.unary('Abs', x), 1)))),
  unaryRule('Mish', ({ f, x, dY }) => {
    const gate = f.unary('Tanh', f.unary('Softplus', x));
    const rest = f.mul(f.mul(x, f.unary('Sigmoid', x)), f.complement(f.square(gate)));
    return f.mul(dY, f.add(gate, rest));
  }),
  ['PRelu', pRelu],
  ['Clip', clip],
];
