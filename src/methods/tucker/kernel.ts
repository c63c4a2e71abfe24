import { matrix, type Matrix } from '../../tensor/matrix';
import type { Products } from '../../tensor/products';
import { float64, reshape, sizeOf, type Tensor } from '../../tensor/tensor';

/** A convolution kernel with its window flattened, `[O, I, K]`, or a core of one. */
export type Kernel = Tensor<Float64Array>;

/** A kernel `[O, I, ...k]` with its window flattened to one axis. */
export function flattened(kernel: Kernel): Kernel {
  return reshape(kernel, [kernel.dims[0], kernel.dims[1], sizeOf(kernel.dims.slice(2))]);
}

/** The mode-1 unfolding: `[a, b, K]` as the matrix `[a, b K]`. Shares the elements. */
export function unfold(kernel: Kernel): Matrix {
  const [a, b, window] = kernel.dims;
  return matrix(a, b * window, kernel.data);
}

/** The same kernel with its first two modes exchanged: `[a, b, K]` becomes `[b, a, K]`. */
export function exchanged(kernel: Kernel): Kernel {
  const [a, b, window] = kernel.dims;
  const result = float64([b, a, window]);
  for (let i = 0; i < a; i++) {
    for (let j = 0; j < b; j++) {
      const from = (i * b + j) * window;
      const to = (j * a + i) * window;
      for (let k = 0; k < window; k++) result.data[to + k] = kernel.data[from + k];
    }
  }
  return result;
}

/** The mode-1 product: `rows: [r, a]` times `kernel: [a, b, K]`, result `[r, b, K]`. */
export async function modeProduct(rows: Matrix, kernel: Kernel, products: Products): Promise<Kernel> {
  const [, b, window] = kernel.dims;
  const product = await products.multiply(rows, unfold(kernel));
  return reshape(product, [rows.dims[0], b, window]);
}

/** Squared Frobenius norm. */
export function energyOf(tensor: Tensor<Float64Array>): number {
  let sum = 0;
  for (const value of tensor.data) sum += value * value;
  return sum;
}
