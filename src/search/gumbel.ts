import { float32, type Tensor } from '../tensor/tensor';
import { Random } from '../tensor/random';

/**
 * Gumbel noise for every site of one step. It depends on the seed and the step alone, so that a resumed search draws what
 * an undisturbed one draws.
 * @param choices number of choices of each site
 * @param scale of the noise: the likeliest choice is always taken at 0, each as often as it is likely at 1
 */
export function gumbelNoise(seed: number, step: number, choices: readonly number[], scale = 1): Tensor<Float32Array>[] {
  const random = Random.of(seed).split('gumbel').split(step);
  return choices.map((count) =>
    float32(
      [count],
      Float32Array.from({ length: count }, () => scale * random.gumbel()),
    ),
  );
}

/** Temperature at a point of the search from 0 (start) to 1 (end): geometric between the two ends. */
export function temperatureAt([start, end]: readonly [number, number], progress: number): number {
  return start * (end / start) ** progress;
}

/** Probabilities of logits; the largest is subtracted first, so that nothing overflows. */
export function softmax(logits: ArrayLike<number>): number[] {
  const values = Array.from(logits);
  const largest = Math.max(...values);
  const powers = values.map((value) => Math.exp(value - largest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

/** -log softmax(logits): the separable errors from which the final plan is chosen. */
export function surprise(logits: ArrayLike<number>): number[] {
  const values = Array.from(logits);
  const largest = Math.max(...values);
  const logSum = Math.log(values.reduce((sum, value) => sum + Math.exp(value - largest), 0)) + largest;
  return values.map((value) => logSum - value);
}
