import type { NodeProto } from '../../onnx/generated/onnx_pb';
import { numbers } from '../../tensor/convert';
import type { BackwardScope } from '../rule';
import { accumulateReduced } from './broadcasting';
import type { RuleEntry } from './entry';
import { Formula } from './formula';

interface BinaryTerms {
  readonly f: Formula;
  readonly scope: BackwardScope;
  readonly a: string;
  readonly b: string;
  readonly y: string;
  readonly dY: string;
}

/** The rule of an operator of two inputs that are broadcast; each gradient has the result's dimensions. */
function binaryRule(
  operator: string,
  gradientA: (terms: BinaryTerms) => string,
  gradientB: (terms: BinaryTerms) => string,
): RuleEntry {
  return [
    operator,
    {
      backward(node, scope) {
        const [a, b] = node.input;
        const [y] = node.output;
        const dY = scope.gradient(y);
        if (dY === undefined) return;
        const f = Formula.of(scope, y);
        const { dims } = scope.shape(y);
        const terms = { f, scope, a, b, y, dY };
        if (scope.wants(a)) accumulateReduced(scope, f, a, gradientA(terms), dims);
        if (scope.wants(b)) accumulateReduced(scope, f, b, gradientB(terms), dims);
      },
    },
  ];
}

/** `d(x^e)/dx = e x^(e-1)`; the exponents that networks use get by without Pow. */
function powerGradient({ f, scope, a, b, dY }: BinaryTerms): string {
  const exponent = scope.constant(b);
  const value = exponent?.data.length === 1 ? numbers(exponent)[0] : undefined;
  if (value === 2) return f.mul(dY, f.mul(a, 2));
  if (value === 3) return f.mul(dY, f.mul(f.square(a), 3));
  if (value === 0.5) return f.div(f.mul(dY, 0.5), f.unary('Sqrt', a));
  if (value !== undefined) return f.mul(dY, f.mul(f.pow(a, value - 1), value));
  const e = scope.shape(b).type === f.type ? b : f.cast(b, f.type);
  return f.mul(dY, f.mul(e, f.pow(a, f.sub(e, 1))));
}

/** The rule of an operator that picks one of its broadcast inputs per element; inputs that tie share the gradient. */
function extremeRule(operator: 'Max' | 'Min'): RuleEntry {
  return [
    operator,
    {
      backward(node, scope) {
        const [y] = node.output;
        const dY = scope.gradient(y);
        if (dY === undefined) return;
        const f = Formula.of(scope, y);
        const { dims } = scope.shape(y);
        const masks = node.input.map((input) => f.equal(input, y));
        const share = f.div(
          dY,
          masks.reduce((sum, mask) => f.add(sum, mask)),
        );
        for (const [i, input] of node.input.entries()) {
          if (scope.wants(input)) accumulateReduced(scope, f, input, f.mul(share, masks[i]), dims);
        }
      },
    },
  ];
}

/** Sum and Mean of any number of broadcast inputs: each gets the gradient times `share(inputs)`. */
function sumRule(operator: string, share: (inputs: number) => number): RuleEntry {
  return [
    operator,
    {
      backward(node: NodeProto, scope: BackwardScope): void {
        const [y] = node.output;
        const dY = scope.gradient(y);
        if (dY === undefined) return;
        const f = Formula.of(scope, y);
        const factor = share(node.input.length);
        const scaled = factor === 1 ? dY : f.mul(dY, factor);
        for (const input of node.input) {
          if (scope.wants(input)) accumulateReduced(scope, f, input, scaled, scope.shape(y).dims);
        }
      },
    },
  ];
}

export const arithmeticRules: readonly RuleEntry[] = [
  binaryRule(
    'Add',
    ({ dY }) => dY,
    ({ dY }) => dY,
  ),
  binaryRule(
    'Sub',
    ({ dY }) => dY,
    ({ f, dY }) => f.unary('Neg', dY),
  ),
  binaryRule(
    'Mul',
    ({ f, b, dY }) => f.mul(dY, b),
    ({ f, a, dY }) => f.mul(dY, a),
  ),
  binaryRule(
    'Div',
    ({ f, b, dY }) => f.div(dY, b),
    ({ f, b, y, dY }) => f.unary('Neg', f.div(f.mul(dY, y), b)),
  ),
  binaryRule('Pow', powerGradient, ({ f, a, y, dY }) => f.mul(dY, f.mul(y, f.unary('Log', a)))),
  extremeRule('Max'),
  extremeRule('Min'),
  sumRule('Sum', () => 1),
  sumRule('Mean', (inputs) => 1 / inputs),
];
