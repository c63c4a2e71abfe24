import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Spreads an epoch over the seed's bits, so that neighbouring seeds and epochs do not share a sequence (2^32 / phi). */
const golden = 0x9e3779b9;

/** The numbers 0 .. length - 1 in an order that depends on the seed and the epoch only (Fisher-Yates). */
export function shuffledOrder(length: number, seed: number, epoch = 0): Uint32Array {
  const order = Uint32Array.from({ length }, (_, i) => i);
  const random = xoroshiro128plus((seed ^ Math.imul(epoch + 1, golden)) | 0);
  for (let i = length - 1; i > 0; i--) {
    const j = uniformInt(random, 0, i);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}
