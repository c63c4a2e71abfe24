import { transpose, type Matrix } from '../../tensor/matrix';
import { loopProducts, type Products } from '../../tensor/products';
import { thinQr } from '../../tensor/qr';
import { hosvd, truncated, type Tucker2 } from './hosvd';
import { energyOf, exchanged, flattened, modeProduct, unfold, type Kernel } from './kernel';

/** Sweeps at most; after a handful the gain is below the tolerance for trained kernels (docs/haloc.md, Tucker-2: 2 to 20). */
const mostSweeps = 20;

/** Sweeps end when one captures less than this share of the energy more: far below what a network's accuracy shows. */
const tolerance = 1e-6;

/**
 * Tucker-2 of a kernel `W: [O, I, ...k]` fitted for one rank: higher-order orthogonal iteration (docs/haloc.md, Tucker-2, step 2)
 * from the truncated HOSVD. In place of a full eigen decomposition each update takes one step of orthogonal iteration,
 * U := qr(Y Yᵀ U) with Y = unfold_O(W ×_I Vᵀ): the captured energy ‖core‖² is a convex function of U, so that such a step
 * can't lower it either, the fixed points are the same, and all the work is in large products.
 * The result is rotated so that its columns stand in the order of their energy.
 */
export async function hooi(weight: Kernel, rank: number, products: Products = loopProducts): Promise<Tucker2> {
  const kernel = flattened(weight);
  const other = exchanged(kernel);
  let { u, v, core } = truncated(await hosvd(kernel, products), rank);
  const total = energyOf(kernel);
  let captured = energyOf(core);
  for (let sweep = 0; sweep < mostSweeps && captured < total; sweep++) {
    u = await improved(exchanged(await modeProduct(transpose(v), other, products)), u, products);
    const reduced = exchanged(await modeProduct(transpose(u), kernel, products));
    v = await improved(reduced, v, products);
    core = exchanged(await modeProduct(transpose(v), reduced, products));
    const now = energyOf(core);
    if (now - captured <= tolerance * total) break;
    captured = now;
  }
  const inner = await hosvd(core, products);
  return { u: await products.multiply(u, inner.u), core: inner.core, v: await products.multiply(v, inner.v) };
}

/** One step of orthogonal iteration for the leading left singular vectors of `unfold(kernel)`. */
async function improved(kernel: Kernel, basis: Matrix, products: Products): Promise<Matrix> {
  const y = unfold(kernel);
  const shadow = await products.multiply(transpose(basis), y);
  return thinQr(await products.multiply(y, transpose(shadow))).q;
}
