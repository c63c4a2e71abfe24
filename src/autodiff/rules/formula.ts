import { float } from '../../onnx/attributes';
import type { GraphBuilder } from '../../onnx/graphBuilder';
import { dataTypeCode } from '../../onnx/tensorProto';
import { castTo } from '../../tensor/convert';
import { float64, sizeOf, type ElementType } from '../../tensor/tensor';
import type { Scope } from '../rule';

/** A value of the graph, or a number that becomes a scalar constant. */
export type Operand = string | number;

/** Slope that makes HardSigmoid a step: every float above 1e-30 becomes 1. Five to nine times as fast as Where or Sign. */
const stepSlope = 1e30;

/**
 * Elementary operators as methods, so that a rule reads like its formula. Every method appends to the training graph and
 * returns the name of the result; all values have one element type.
 */
export class Formula {
  constructor(
    readonly builder: GraphBuilder,
    readonly type: ElementType,
  ) {}

  /** Formulas over values of the same element type as `value`. */
  static of(scope: Scope, value: string): Formula {
    return new Formula(scope.builder, scope.shape(value).type);
  }

  number(value: number): string {
    if (this.type === 'float32') return this.builder.scalar(value);
    return this.builder.constant(castTo(float64([], [value]), this.type));
  }

  add(a: Operand, b: Operand): string {
    return this.binary('Add', a, b);
  }

  sub(a: Operand, b: Operand): string {
    return this.binary('Sub', a, b);
  }

  mul(a: Operand, b: Operand): string {
    return this.binary('Mul', a, b);
  }

  div(a: Operand, b: Operand): string {
    return this.binary('Div', a, b);
  }

  pow(a: Operand, b: Operand): string {
    return this.binary('Pow', a, b);
  }

  min(a: Operand, b: Operand): string {
    return this.binary('Min', a, b);
  }

  max(a: Operand, b: Operand): string {
    return this.binary('Max', a, b);
  }

  /** An operator of one input without attributes: Exp, Neg, Sqrt, ... */
  unary(opType: string, x: string): string {
    return this.builder.op(opType, [x]);
  }

  square(x: string): string {
    return this.mul(x, x);
  }

  /** `1 - x` */
  complement(x: string): string {
    return this.sub(1, x);
  }

  /** `scale / sqrt(variance + epsilon)` */
  inverseDeviation(variance: string, epsilon: number): string {
    return this.unary('Reciprocal', this.unary('Sqrt', this.add(variance, epsilon)));
  }

  /** 1 where `x > 0`, 0 elsewhere. */
  positive(x: string): string {
    if (this.type !== 'float32') return this.truth(this.builder.op('Greater', [x, this.number(0)]));
    return this.builder.op('HardSigmoid', [x], { alpha: float(stepSlope), beta: float(0) });
  }

  /** 1 where `x = 0` and 0 where it is larger, for x that is never negative. */
  vanishing(x: string): string {
    if (this.type !== 'float32') return this.equal(x, this.number(0));
    return this.builder.op('HardSigmoid', [x], { alpha: float(-stepSlope), beta: float(1) });
  }

  /** 1 where `a = b`, 0 elsewhere. */
  equal(a: string, b: string): string {
    return this.truth(this.builder.op('Equal', [a, b]));
  }

  /** A boolean value as 0 and 1. */
  truth(condition: string): string {
    return this.cast(condition, this.type);
  }

  cast(x: string, type: ElementType): string {
    return this.builder.op('Cast', [x], { to: dataTypeCode(type) });
  }

  sum(x: string, axes: readonly number[], keepDims = false): string {
    if (axes.length === 0) return x;
    return this.builder.op('ReduceSum', [x, this.builder.ints(axes)], { keepdims: keepDims ? 1 : 0 });
  }

  mean(x: string, axes: readonly number[], keepDims = false): string {
    if (axes.length === 0) return x;
    return this.builder.op('ReduceMean', [x, this.builder.ints(axes)], { keepdims: keepDims ? 1 : 0 });
  }

  reshape(x: string, dims: readonly number[]): string {
    return this.builder.op('Reshape', [x, this.builder.ints(dims)]);
  }

  expand(x: string, dims: readonly number[]): string {
    return this.builder.op('Expand', [x, this.builder.ints(dims)]);
  }

  /** Axis `i` of the result is axis `order[i]` of `x`. */
  transpose(x: string, order: readonly number[]): string {
    return order.every((axis, i) => axis === i) ? x : this.builder.op('Transpose', [x], { perm: order });
  }

  /** Elements `starts[i]`, `starts[i] + steps[i]`, ... up to `ends[i]`, that one excluded, of each axis listed. */
  slice(
    x: string,
    axes: readonly number[],
    starts: readonly number[],
    ends: readonly number[],
    steps?: readonly number[],
  ): string {
    if (axes.length === 0) return x;
    const lists = [starts, ends, axes, ...(steps ? [steps] : [])];
    return this.builder.op('Slice', [x, ...lists.map((list) => this.builder.ints(list))]);
  }

  /** `x` with its elements in reverse order along each axis listed. */
  flip(x: string, axes: readonly number[]): string {
    const each = (value: number): number[] => axes.map(() => value);
    return this.slice(x, axes, each(-1), each(Number.MIN_SAFE_INTEGER), each(-1));
  }

  /** `x` with zeros before and after it, counted per axis; negative counts cut elements off. */
  pad(x: string, begin: readonly number[], end: readonly number[]): string {
    if ([...begin, ...end].every((count) => count === 0)) return x;
    return this.builder.op('Pad', [x, this.builder.ints([...begin, ...end])]);
  }

  concat(values: readonly string[], axis: number): string {
    return values.length === 1 ? values[0] : this.builder.op('Concat', values, { axis });
  }

  zeros(dims: readonly number[]): string {
    const value = { tensor: castTo(float64([1], [0]), this.type) };
    return this.builder.op('ConstantOfShape', [this.builder.ints(dims)], { value });
  }

  /**
   * `zeros(dims)` with `updates` added at the flat positions that `indices` (int64, as many elements) lists; positions
   * that are listed several times get the sum.
   */
  scatterAdd(dims: readonly number[], indices: string, updates: string): string {
    const flat = this.builder.op(
      'ScatterElements',
      [this.zeros([sizeOf(dims)]), this.reshape(indices, [-1]), this.reshape(updates, [-1])],
      { axis: 0, reduction: 'add' },
    );
    return this.reshape(flat, dims);
  }

  private binary(opType: string, a: Operand, b: Operand): string {
    const value = (operand: Operand): string => (typeof operand === 'number' ? this.number(operand) : operand);
    return this.builder.op(opType, [value(a), value(b)]);
  }
}
