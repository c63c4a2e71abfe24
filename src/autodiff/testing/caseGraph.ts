import type { AttributeValue } from '../../onnx/attributes';
import { GraphBuilder, type OpOptions } from '../../onnx/graphBuilder';
import { castTo } from '../../tensor/convert';
import { Random } from '../../tensor/random';
import { float64, int64, sizeOf, type ElementType, type Tensor } from '../../tensor/tensor';

/** The element types that a case is evaluated in. */
export type FloatType = 'float32' | 'float64';

/** From where the elements of a random tensor are drawn, uniformly. */
export interface Interval {
  readonly low: number;
  readonly high: number;
  /** Keep this far from zero (from a kink of the function), on either side. */
  readonly gap?: number;
}

const standard: Interval = { low: -1.5, high: 1.5 };

/**
 * The graph of a gradient case under construction. The same case is built twice, in float32 and in float64, with the same
 * values (all of them float32 numbers).
 */
export class CaseGraph {
  readonly builder = new GraphBuilder(undefined, 'case');
  /** What is differentiated, by name. */
  readonly parameters = new Map<string, Tensor>();
  private readonly random: Random;

  constructor(
    readonly type: FloatType,
    seed: number,
  ) {
    this.random = Random.of(seed);
  }

  /** A tensor of random elements whose gradient is checked. */
  parameter(dims: readonly number[], interval: Interval = standard): string {
    const name = `p${this.parameters.size}`;
    const tensor = this.draw(dims, interval);
    this.parameters.set(name, tensor);
    return this.builder.input(name, this.type, dims);
  }

  /** A tensor of random elements that is not differentiated. */
  randoms(dims: readonly number[], interval: Interval = standard): string {
    return this.builder.constant(this.draw(dims, interval));
  }

  /** A float constant of the case's element type. */
  constant(dims: readonly number[], values: readonly number[]): string {
    return this.builder.constant(castTo(float64(dims, values), this.type));
  }

  scalar(value: number): string {
    return this.constant([], [value]);
  }

  /** An int64 constant. */
  ints(values: readonly number[], dims: readonly number[] = [values.length]): string {
    return this.builder.constant(int64(dims, values));
  }

  /** Random whole numbers in `[low, high)`, int64. */
  indices(dims: readonly number[], low: number, high: number): string {
    return this.ints(
      Array.from({ length: sizeOf(dims) }, () => low + this.random.integer(high - low)),
      dims,
    );
  }

  op(
    opType: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
    options: OpOptions = {},
  ): string {
    return this.builder.op(opType, inputs, attributes, options);
  }

  private draw(dims: readonly number[], { low, high, gap = 0 }: Interval): Tensor {
    const values = Array.from({ length: sizeOf(dims) }, () => {
      for (;;) {
        const value = Math.fround(low + (high - low) * this.random.uniform());
        if (Math.abs(value) >= gap) return value;
      }
    });
    return castTo(float64(dims, values), this.type as ElementType);
  }
}
