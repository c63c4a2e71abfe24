import { leadingColumns, matrix, transpose, type Matrix } from '../../tensor/matrix';
import { loopProducts, type Products } from '../../tensor/products';
import { symmetricEigen } from '../../tensor/symmetricEigen';
import { sizeOf } from '../../tensor/tensor';
import { exchanged, flattened, modeProduct, unfold, type Kernel } from './kernel';

/** `W = core ×_O u ×_I v` with orthonormal columns in `u: [O, ro]` and `v: [I, ri]`, `core: [ro, ri, K]`. */
export interface Tucker2 {
  readonly u: Matrix;
  readonly core: Kernel;
  readonly v: Matrix;
}

/**
 * The complete higher-order SVD of a kernel `W: [O, I, ...k]` over its two channel modes (De Lathauwer et al. 2000;
 * docs/haloc.md, Tucker-2, step 1): ro = min(O, I K), ri = min(I, O K), columns in the order of their share of the energy. It gives
 * W back exactly, and its truncation at rank r is the leading corner of the core.
 */
export async function hosvd(weight: Kernel, products: Products = loopProducts): Promise<Tucker2> {
  const kernel = flattened(weight);
  const other = exchanged(kernel);
  const ut = await leadingRows(kernel, products);
  const vt = await leadingRows(other, products);
  const half = await modeProduct(ut, kernel, products);
  const core = exchanged(await modeProduct(vt, exchanged(half), products));
  return { u: transpose(ut), core, v: transpose(vt) };
}

/** The left singular vectors of the mode-1 unfolding as rows, as many as it can have. */
async function leadingRows(kernel: Kernel, products: Products): Promise<Matrix> {
  const unfolded = unfold(kernel);
  const [rows, columns] = unfolded.dims;
  const count = Math.min(rows, columns);
  const { vectors } = symmetricEigen(await products.gram(unfolded));
  return matrix(count, rows, vectors.data.subarray(0, count * rows));
}

/** The leading corner: `u: [O, min(r, ro)]`, `v: [I, min(r, ri)]` and the core between them. */
export function truncated({ u, core, v }: Tucker2, rank: number): Tucker2 {
  const [rows, columns, window] = core.dims;
  const ro = Math.min(rank, rows);
  const ri = Math.min(rank, columns);
  const corner = new Float64Array(ro * ri * window);
  for (let x = 0; x < ro; x++) {
    const from = x * columns * window;
    corner.set(core.data.subarray(from, from + ri * window), x * ri * window);
  }
  return {
    u: leadingColumns(u, rank),
    core: { type: 'float64', dims: [ro, ri, window], data: corner },
    v: leadingColumns(v, rank),
  };
}

/** Energy of a core `[ro, ri, ...k]` outside its leading corner: what truncation loses when u and v are orthonormal. */
export function lostEnergy(core: Kernel, rank: number): number {
  const [rows, columns, ...k] = core.dims;
  const window = sizeOf(k);
  let lost = 0;
  for (let x = 0; x < rows; x++) {
    const from = (x * columns + (x < rank ? Math.min(rank, columns) : 0)) * window;
    const to = (x + 1) * columns * window;
    for (let at = from; at < to; at++) lost += core.data[at] ** 2;
  }
  return lost;
}
