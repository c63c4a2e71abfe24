import { Random } from '../tensor/random';

/** The numbers 0 .. length - 1 in an order that depends on the seed and the epoch only. */
export function shuffledOrder(length: number, seed: number, epoch = 0): Uint32Array {
  return Random.of(seed).split('order').split(epoch).permutation(length);
}
