import type { BackwardScope } from '../rule';
import type { Formula } from './formula';

/** Whether two lists of dimensions are the same. */
export function sameDims(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((dim, i) => dim === b[i]);
}

/**
 * The gradient of a value that was broadcast from `toDims` to `fromDims`: sums `gradient` over every axis that the
 * broadcast made or stretched, and gives it `toDims`.
 */
export function reduceTo(
  formula: Formula,
  gradient: string,
  fromDims: readonly number[],
  toDims: readonly number[],
): string {
  if (sameDims(fromDims, toDims)) return gradient;
  const added = fromDims.length - toDims.length;
  const axes = fromDims.flatMap((dim, axis) =>
    axis < added || (toDims[axis - added] === 1 && dim !== 1) ? [axis] : [],
  );
  const summed = formula.sum(gradient, axes);
  const left = fromDims.filter((_, axis) => !axes.includes(axis));
  return sameDims(left, toDims) ? summed : formula.reshape(summed, toDims);
}

/** Adds a gradient that has the dimensions `fromDims` to the one of `input`, summed over what was broadcast. */
export function accumulateReduced(
  scope: BackwardScope,
  formula: Formula,
  input: string,
  gradient: string,
  fromDims: readonly number[],
): void {
  scope.accumulate(input, reduceTo(formula, gradient, fromDims, scope.shape(input).dims));
}

/** The dimensions that values of these dimensions are broadcast to together. */
export function broadcastDims(...all: (readonly number[])[]): number[] {
  const rank = Math.max(...all.map((dims) => dims.length));
  return Array.from({ length: rank }, (_, axis) =>
    all.reduce((dim, dims) => {
      const at = axis - (rank - dims.length);
      return at < 0 || dims[at] === 1 ? dim : dims[at];
    }, 1),
  );
}
