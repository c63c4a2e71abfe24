import { describe, expect, it } from 'vitest';
import type { Preprocessing } from '../data/preprocessing';
import { GraphBuilder } from '../onnx/graphBuilder';
import type { Model } from '../onnx/model';
import { Random } from '../tensor/random';
import { float32, int64 } from '../tensor/tensor';
import { evaluate } from './evaluate';
import { splitOf } from './testing/splits';

const unit: Preprocessing = { layout: 'NCHW', scale: 1 / 255, mean: [0], std: [1] };

/** Names the brightest of three pixels; `batch` is the declared batch, `inside` one that a Reshape insists on. */
function brightest(batch: number | string, inside?: number): Model {
  const builder = new GraphBuilder();
  builder.input('x', 'float32', [batch, 1, 1, 3]);
  const shape = builder.constant(int64([2], [inside ?? -1, 3]));
  builder.op('Reshape', ['x', shape], {}, { outputs: ['logits'] });
  builder.output('logits', 'float32', [batch, 3]);
  return builder.model;
}

const random = Random.of('evaluate');
const pixels = Uint8Array.from({ length: 21 * 3 }, () => random.integer(256));
const top = (i: number): number => {
  const three = pixels.subarray(i * 3, i * 3 + 3);
  return three.indexOf(Math.max(...three));
};
/** 21 samples of which every third is labelled wrong. */
const split = splitOf(21, { dims: [1, 1, 3], type: 'uint8' }, (i, j) => pixels[i * 3 + j], {
  classes: 3,
  of: (i) => (i % 3 === 0 ? (top(i) + 1) % 3 : top(i)),
});

describe('evaluate, classification', () => {
  it.each([
    ['an open batch', brightest('N')],
    ['a fixed batch of 1', brightest(1)],
    ['a fixed batch that does not divide the split', brightest(4)],
    ['a batch that is declared open and is not', brightest('N', 1)],
  ])('counts right answers of a model with %s', async (_name, model) => {
    const progress: number[] = [];
    const result = await evaluate(
      model,
      split,
      unit,
      { kind: 'classification' },
      {
        batch: 5,
        onProgress: (done) => progress.push(done),
      },
    );
    expect(result).toEqual({ metric: 'accuracy', value: expect.closeTo((100 * 14) / 21, 10), samples: 21 });
    expect(progress.at(-1)).toBe(21);
  });

  it('can be limited to the first samples', async () => {
    const result = await evaluate(brightest('N'), split, unit, { kind: 'classification' }, { batch: 5, limit: 7 });
    expect(result.samples).toBe(7);
    expect(result.value).toBeCloseTo((100 * 4) / 7, 10);
  });

  it('flattens samples for models that take rows of values and applies mean and deviation', async () => {
    // Class 1 wins when pixel 0, normalised, is positive.
    const builder = new GraphBuilder();
    builder.input('x', 'float32', ['N', 3]);
    builder.constant(float32([3, 2], [-1, 1, 0, 0, 0, 0]), 'W');
    builder.op('MatMul', ['x', 'W'], {}, { outputs: ['y'] });
    builder.output('y', 'float32', ['N', 2]);
    const labelled = splitOf(21, split.sample, (i, j) => pixels[i * 3 + j], {
      classes: 2,
      of: (i) => (pixels[i * 3] > 100 ? 1 : 0),
    });
    const preprocessing: Preprocessing = { layout: 'NCHW', scale: 2, mean: [201], std: [0.5] };
    const result = await evaluate(builder.model, labelled, preprocessing, { kind: 'classification' });
    expect(result.value).toBe(100);
  });

  it('says what does not fit', async () => {
    const wide = splitOf(4, { dims: [1, 2, 2], type: 'uint8' }, () => 0, { classes: 3, of: () => 0 });
    await expect(evaluate(brightest('N'), wide, unit, { kind: 'classification' })).rejects.toThrow(
      /takes 1x1x3 per sample and the data gives 1x2x2/,
    );
    const unlabelled = splitOf(4, split.sample, () => 0);
    await expect(evaluate(brightest('N'), unlabelled, unit, { kind: 'classification' })).rejects.toThrow(/no labels/);
  });

  it('stops when it is aborted', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(evaluate(brightest('N'), split, unit, { kind: 'classification' }, { signal })).rejects.toThrow(
      'enough',
    );
  });
});

describe('evaluate, enlarging', () => {
  /** Doubles an image by repeating each pixel, then adds an error. */
  function repeater(layout: Preprocessing['layout'], error: number): Model {
    const builder = new GraphBuilder();
    const planes = layout === 'NCHW';
    builder.input('x', 'float32', planes ? ['N', 3, 'H', 'W'] : ['N', 'H', 'W', 3]);
    const scales = builder.constant(float32([4], planes ? [1, 1, 2, 2] : [1, 2, 2, 1]));
    const large = builder.op('Resize', ['x', '', scales], { mode: 'nearest' });
    builder.op('Add', [large, builder.scalar(error)], {}, { outputs: ['y'] });
    builder.output('y', 'float32', undefined);
    return builder.model;
  }
  /** Every image has one colour, so that making it smaller loses nothing. */
  const flat = splitOf(6, { dims: [3, 8, 8], type: 'uint8' }, (i, j) => 40 + i * 20 + Math.floor(j / 64));

  it.each(['NCHW', 'NHWC'] as const)('gives the PSNR of a known error in %s', async (layout) => {
    const task = { kind: 'enlarging', factor: 2 } as const;
    const result = await evaluate(repeater(layout, 0.01), flat, { ...unit, layout }, task);
    expect(result.metric).toBe('psnr');
    expect(result.value).toBeCloseTo(20 * Math.log10(1 / 0.01), 2);
    // In units of twice the deviation the same error is half as large.
    const halved: Preprocessing = { layout, scale: 1 / 255, mean: [0.5], std: [0.5] };
    expect((await evaluate(repeater(layout, 0.01), flat, halved, task)).value).toBeCloseTo(
      20 * Math.log10(1 / 0.005),
      2,
    );
  });

  it("refuses a factor that is not the model's", async () => {
    await expect(evaluate(repeater('NCHW', 0), flat, unit, { kind: 'enlarging', factor: 4 })).rejects.toThrow(
      /values per sample/,
    );
  });
});
