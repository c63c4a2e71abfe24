import type { Formula } from './formula';

export interface Product {
  readonly aDims: readonly number[];
  readonly bDims: readonly number[];
  /** Exchange the last two axes of A (of B) before multiplying. */
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

/**
 * The product of two stacks of matrices. In float32 a transposed factor is read in place by FusedMatMul, of which every
 * provider of the runtime has a kernel: a Transpose before MatMul would copy the whole factor.
 */
export function matmul(f: Formula, a: string, b: string, product: Product): string {
  const { aDims, bDims, transposeA = false, transposeB = false } = product;
  if (!transposeA && !transposeB) return f.builder.op('MatMul', [a, b]);
  if (f.type === 'float32') {
    const attributes = { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 };
    return f.builder.op('FusedMatMul', [a, b], attributes, { domain: 'com.microsoft' });
  }
  const swapped = (value: string, dims: readonly number[]): string => {
    const rank = dims.length;
    return f.transpose(value, [...dims.slice(0, -2).keys(), rank - 1, rank - 2]);
  };
  return f.builder.op('MatMul', [transposeA ? swapped(a, aDims) : a, transposeB ? swapped(b, bDims) : b]);
}
