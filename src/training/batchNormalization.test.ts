import { describe, expect, it } from 'vitest';
import type { Preprocessing } from '../data/preprocessing';
import { GraphBuilder } from '../onnx/graphBuilder';
import { Session } from '../runtime/session';
import { Random } from '../tensor/random';
import { float32 } from '../tensor/tensor';
import { recalibrateBatchNorm } from './batchNormalization';
import { collectStatistics, type CalibrationSource } from './layerStatistics';
import { smallConvNet } from './testing/models';
import { splitOf } from './testing/splits';

const raw: Preprocessing = { layout: 'NCHW', scale: 1, mean: [0], std: [1] };
const random = Random.of('statistics');
// Far from zero, so that a difference of squares would lose the variance.
const samples = Float32Array.from({ length: 24 * 3 * 64 }, (_, k) => 200 + (Math.floor(k / 64) % 3) + random.normal());
const split = splitOf(24, { dims: [3, 8, 8], type: 'float32' }, (i, j) => samples[i * 192 + j]);
const source: CalibrationSource = { split, preprocessing: raw, batch: 8, batches: 3, seed: 1 };

/** Mean and variance per channel of [n, C, ...rest] in float64. */
function direct(values: ArrayLike<number>, channels: number, rest: number): { mean: number[]; variance: number[] } {
  const of = (c: number): number[] =>
    Array.from(values as Float32Array).filter((_, i) => Math.floor(i / rest) % channels === c);
  const mean = (list: number[]): number => list.reduce((a, b) => a + b, 0) / list.length;
  const result = Array.from({ length: channels }, (_, c) => {
    const list = of(c);
    const m = mean(list);
    return { m, v: mean(list.map((value) => (value - m) ** 2)) };
  });
  return { mean: result.map(({ m }) => m), variance: result.map(({ v }) => v) };
}

const close = (values: readonly number[], digits: number): unknown[] =>
  values.map((value) => expect.closeTo(value, digits));

describe('collectStatistics', () => {
  it('gives the statistics of all samples at once, of inputs and of results', async () => {
    const model = smallConvNet(3, 8, 4, 5);
    const found = await collectStatistics(model, ['x', 'conv0', 'logits'], source, { batchNorm: 'running' });
    const expected = direct(samples, 3, 64);
    expect(Array.from(found.get('x')!.mean)).toEqual(close(expected.mean, 3));
    expect(Array.from(found.get('x')!.variance)).toEqual(close(expected.variance, 3));

    const builder = new GraphBuilder(model.clone(), 'test');
    builder.output('conv0', 'float32', undefined);
    const session = await Session.create(builder.model);
    const results = await session.run({ x: float32([24, 3, 8, 8], samples) });
    await session.dispose();
    for (const [name, rest] of [
      ['conv0', 64],
      ['logits', 1],
    ] as const) {
      const { mean, variance } = direct(results[name].data as Float32Array, name === 'conv0' ? 4 : 5, rest);
      const scale = Math.sqrt(Math.max(...variance));
      const relative = (values: ArrayLike<number>, unit: number): number[] =>
        Array.from(values, (value) => value / unit);
      expect(relative(found.get(name)!.mean, scale)).toEqual(close(relative(mean, scale), 3));
      expect(relative(found.get(name)!.variance, scale ** 2)).toEqual(close(relative(variance, scale ** 2), 3));
    }
  });

  it('sees the samples as augmented: what crops bring in from outside is 0', async () => {
    const model = smallConvNet(3, 8, 4, 5);
    const white = splitOf(64, { dims: [3, 8, 8], type: 'uint8' }, () => 255);
    const whiteSource = { ...source, split: white, batch: 64, batches: 1, augmentation: { crop: 8 } };
    const { mean } = (await collectStatistics(model, ['x'], whiteSource, { batchNorm: 'running' })).get('x')!;
    // A move by d of -8..8 leaves 8 - |d| of 8 rows: 64 / (17 * 8) on average, and the same of the columns.
    const expected = 255 * (64 / 136) ** 2;
    for (const value of mean) expect(Math.abs(value - expected)).toBeLessThan(0.3 * expected);
  });

  it('names a value that is not there and a split that is too short', async () => {
    const model = smallConvNet(3, 8, 4, 5);
    await expect(collectStatistics(model, ['nowhere'], source, { batchNorm: 'running' })).rejects.toThrow(/nowhere/);
    await expect(collectStatistics(model, ['x'], { ...source, batch: 25 }, { batchNorm: 'running' })).rejects.toThrow(
      /fewer than one batch/,
    );
  });
});

describe('recalibrateBatchNorm', () => {
  it('makes inference on the calibration batch equal to training on it', async () => {
    const model = smallConvNet(3, 8, 4, 5);
    const recalibrated = await recalibrateBatchNorm(model, { ...source, batch: 24, batches: 1 });
    // With exact statistics, normalised values have mean 0 and variance 1 in inference.
    const after = await collectStatistics(
      recalibrated,
      ['norm0', 'norm1'],
      { ...source, batch: 24, batches: 1 },
      { batchNorm: 'running' },
    );
    for (const { mean, variance } of after.values()) {
      for (const value of mean) expect(value).toBeCloseTo(0, 3);
      for (const value of variance) expect(value).toBeCloseTo(1, 2);
    }
    // The model itself was not touched.
    expect(model.graph.weights.get('norm0.mean')!.tensor().data).toEqual(new Float32Array(4));
  });

  it('sets the first layer to the statistics of all batches', async () => {
    const model = smallConvNet(3, 8, 4, 5);
    const { mean, variance } = (await collectStatistics(model, ['conv0'], source, { batchNorm: 'running' })).get(
      'conv0',
    )!;
    const recalibrated = await recalibrateBatchNorm(model, source);
    expect(recalibrated.graph.weights.get('norm0.mean')!.tensor().data).toEqual(mean);
    expect(recalibrated.graph.weights.get('norm0.variance')!.tensor().data).toEqual(variance);
  });
});
