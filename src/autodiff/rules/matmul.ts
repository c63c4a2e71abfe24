import { float, floatAttribute, intAttribute } from '../../onnx/attributes';
import { sizeOf } from '../../tensor/tensor';
import type { BackwardScope, Rule } from '../rule';
import { accumulateReduced, broadcastDims } from './broadcasting';
import type { RuleEntry } from './entry';
import { Formula } from './formula';
import { matmul } from './matrixProduct';

/** `Y = alpha * A' B' + beta * C`, a dash being the transpose when `transA` (`transB`) says so. */
const gemm: Rule = {
  backward(node, scope) {
    const [a, b, c] = node.input;
    const dY = scope.gradient(node.output[0]);
    if (dY === undefined) return;
    const f = Formula.of(scope, node.output[0]);
    const transA = intAttribute(node, 'transA', 0);
    const transB = intAttribute(node, 'transB', 0);
    const alpha = float(floatAttribute(node, 'alpha', 1));
    const beta = floatAttribute(node, 'beta', 1);
    const product = (left: string, right: string, leftT: number, rightT: number): string =>
      scope.builder.op('Gemm', [left, right], { alpha, transA: leftT, transB: rightT });
    if (scope.wants(a)) scope.accumulate(a, transA ? product(b, dY, transB, 1) : product(dY, b, 0, 1 - transB));
    if (scope.wants(b)) scope.accumulate(b, transB ? product(dY, a, 1, transA) : product(a, dY, 1 - transA, 0));
    if (c && scope.wants(c)) {
      const dims = scope.shape(node.output[0]).dims;
      accumulateReduced(scope, f, c, beta === 1 ? dY : f.mul(dY, beta), dims);
    }
  },
};

/** MatMul over stacks of matrices with broadcasting; vectors count as a row on the left and a column on the right. */
const matMul: Rule = {
  backward(node, scope) {
    const [a, b] = node.input;
    const gradient = scope.gradient(node.output[0]);
    if (gradient === undefined) return;
    const f = Formula.of(scope, node.output[0]);
    const aGiven = scope.shape(a).dims;
    const bGiven = scope.shape(b).dims;
    const aDims = aGiven.length === 1 ? [1, ...aGiven] : aGiven;
    const bDims = bGiven.length === 1 ? [...bGiven, 1] : bGiven;
    const [m, k] = aDims.slice(-2);
    const n = bDims[bDims.length - 1];
    const batch = broadcastDims(aDims.slice(0, -2), bDims.slice(0, -2));
    const yDims = [...batch, m, n];
    const vector = aGiven.length === 1 || bGiven.length === 1;
    const dY = vector ? f.reshape(gradient, yDims) : gradient;
    const matrix = (value: string, given: readonly number[], dims: readonly number[]): string =>
      given.length === 1 ? f.reshape(value, dims) : value;
    if (scope.wants(a)) {
      const right = matrix(b, bGiven, bDims);
      const dA = matmul(f, dY, right, { aDims: yDims, bDims, transposeB: true });
      accumulateAs(scope, f, a, dA, [...batch, m, k], aGiven);
    }
    if (scope.wants(b)) {
      const left = matrix(a, aGiven, aDims);
      if (bDims.length === 2 && aDims.length > 2) {
        // One product over all rows instead of a stack of products that would then be summed.
        const rows = sizeOf(aDims.slice(0, -1));
        const flat = scope.builder.op('Gemm', [f.reshape(left, [rows, k]), f.reshape(dY, [rows, n])], { transA: 1 });
        accumulateAs(scope, f, b, flat, bDims, bGiven);
      } else {
        const dB = matmul(f, left, dY, { aDims, bDims: yDims, transposeA: true });
        accumulateAs(scope, f, b, dB, [...batch, k, n], bGiven);
      }
    }
  },
};

/** Accumulates a stack of matrices into an input, which may be a vector. */
function accumulateAs(
  scope: BackwardScope,
  f: Formula,
  input: string,
  gradient: string,
  dims: readonly number[],
  given: readonly number[],
): void {
  if (given.length > 1) return accumulateReduced(scope, f, input, gradient, dims);
  const batch = dims.slice(0, -2).map((_, axis) => axis);
  scope.accumulate(input, f.reshape(f.sum(gradient, batch), given));
}

export const matmulRules: readonly RuleEntry[] = [
  ['Gemm', gemm],
  ['MatMul', matMul],
];
