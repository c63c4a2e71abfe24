import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { naturalLog } from './naturalLog';

type Key = readonly [number, number, number, number];

/** Bits of the fraction of pi: a key without structure. */
const firstKey: Key = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344];

/**
 * Seeded random numbers that are the same on every machine: integers and correctly rounded operations only, no function
 * of the host's mathematics library.
 *
 * `split` gives a generator for a named purpose. It depends on the seed and the labels alone, not on what was drawn
 * before, so that a run that is resumed at step n draws what an undisturbed one draws there.
 */
export class Random {
  private readonly generator: RandomGenerator;
  private spare: number | undefined;

  private constructor(private readonly key: Key) {
    this.generator = xoroshiro128plusFromState(key);
  }

  /** The generator of a seed, any string or number. */
  static of(seed: number | string): Random {
    return new Random(hashInto(firstKey, `${typeof seed}:${seed}`));
  }

  /** An independent generator for what the label names; equal labels give equal generators. */
  split(label: string | number): Random {
    return new Random(hashInto(this.key, `/${label}`));
  }

  /** Uniform in [0, 1), a multiple of 2^-53. */
  uniform(): number {
    return uniformFloat64(this.generator);
  }

  /** A whole number, uniform in [0, bound). */
  integer(bound: number): number {
    return uniformInt(this.generator, 0, bound - 1);
  }

  /** Standard normal (Marsaglia's polar method). */
  normal(): number {
    const { spare } = this;
    if (spare !== undefined) {
      this.spare = undefined;
      return spare;
    }
    for (;;) {
      const x = 2 * this.uniform() - 1;
      const y = 2 * this.uniform() - 1;
      const square = x * x + y * y;
      if (square >= 1 || square === 0) continue;
      const scale = Math.sqrt((-2 * naturalLog(square)) / square);
      this.spare = y * scale;
      return x * scale;
    }
  }

  /** Standard Gumbel, -ln(-ln u) with u uniform in (0, 1): always finite. */
  gumbel(): number {
    let u = this.uniform();
    while (u === 0) u = this.uniform();
    return -naturalLog(-naturalLog(u));
  }

  /** The numbers 0..n-1 in random order (Fisher and Yates). */
  permutation(n: number): Uint32Array {
    const order = Uint32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const value = order[i];
      order[i] = order[j];
      order[j] = value;
    }
    return order;
  }
}

/** Mixes a text into a key with four chained rounds of MurmurHash3's block mix and finaliser. */
function hashInto(key: Key, text: string): Key {
  const mixed = key.map((word, lane) => {
    let hash = word ^ Math.imul(lane + 1, 0x9e3779b9);
    for (let i = 0; i < text.length; i++) {
      let block = Math.imul(text.charCodeAt(i), 0xcc9e2d51);
      block = (block << 15) | (block >>> 17);
      hash ^= Math.imul(block, 0x1b873593);
      hash = (hash << 13) | (hash >>> 19);
      hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
    }
    return finalise(hash ^ text.length);
  });
  // Each word depends on all of them, so that keys that share a word do not give related generators.
  for (let lane = 0; lane < 8; lane++)
    mixed[lane % 4] = finalise(mixed[lane % 4] ^ Math.imul(mixed[(lane + 3) % 4], 5));
  // The generator never leaves the state of all zeros.
  return mixed.every((word) => word === 0) ? [1, 0, 0, 0] : (mixed as unknown as Key);
}

function finalise(word: number): number {
  let hash = word;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) | 0;
}
