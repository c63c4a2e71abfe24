import fc from 'fast-check';
import { dataTypeCode } from '../../../onnx/tensorProto';
import { float32 } from '../../../tensor/tensor';
import { dims } from '../arbitraries';
import type { CaseGraph } from '../caseGraph';
import { gradientCase, type GradientCase } from '../gradientCheck';

/** `x op(x)`: a gradient must come from the factor alone, as the operator's result does not move with `x`. */
const factor = (operator: string, build: (g: CaseGraph, x: string, shape: readonly number[]) => string): GradientCase =>
  gradientCase(operator, fc.tuple(dims(2, 3)), (g, [shape]) => {
    // Away from zero, where comparisons and signs jump.
    const x = g.parameter(shape, { low: 0.1, high: 0.9 });
    const constant = g.op('Cast', [build(g, x, shape)], { to: dataTypeCode(g.type) });
    return g.op('Mul', [x, g.op('ReduceMean', [constant], { keepdims: 0 })]);
  });

const compare = (operator: string): GradientCase => factor(operator, (g, x) => g.op(operator, [x, g.scalar(0.05)]));

const both = (operator: string): GradientCase =>
  factor(operator, (g, x) => g.op(operator, [g.op('Greater', [x, g.scalar(0)]), g.op('Less', [x, g.scalar(0)])]));

const condition = (g: CaseGraph, x: string): string => g.op('Greater', [x, g.scalar(0)]);

export const passingCases: readonly GradientCase[] = [
  ...['Sign', 'Floor', 'Ceil', 'Round'].map((operator) =>
    gradientCase(operator, dims(), (g, shape) => g.op(operator, [g.parameter(shape, { low: 0.1, high: 0.4 })])),
  ),
  ...['Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual'].map(compare),
  ...['And', 'Or', 'Xor'].map(both),
  factor('Not', (g, x) => g.op('Not', [condition(g, x)])),
  ...['Shape', 'Size', 'IsNaN', 'IsInf'].map((operator) => factor(operator, (g, x) => g.op(operator, [x]))),
  factor('ArgMax', (g, x) => g.op('ArgMax', [x])),
  factor('ArgMin', (g, x) => g.op('ArgMin', [x])),
  factor('Constant', (g) => g.op('Constant', [], { value: { tensor: float32([2], [1, 2]) } })),
  factor('ConstantOfShape', (g, _x, shape) =>
    g.op('ConstantOfShape', [g.ints(shape)], { value: { tensor: float32([1], [3]) } }),
  ),
  factor('EyeLike', (g) => g.op('EyeLike', [g.randoms([3, 2])])),
  factor('OneHot', (g, x) =>
    g.op('OneHot', [g.op('ArgMax', [x]), g.ints([4], []), g.builder.constant(float32([2], [0, 1]))]),
  ),
  factor('Range', (g) => g.op('Range', [g.scalar(0), g.scalar(3), g.scalar(1)])),
];
