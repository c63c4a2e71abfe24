import { describe, expect, it } from 'vitest';
import type { SampleShape } from '../data/dataset';
import type { Preprocessing } from '../data/preprocessing';
import { GraphBuilder } from '../onnx/graphBuilder';
import { Session } from '../runtime/session';
import { Random } from '../tensor/random';
import type { Tensor } from '../tensor/tensor';
import { appendPreprocessing, appendShrinking } from './preprocessingGraph';

const random = Random.of('preprocessing');
const sample: SampleShape = { dims: [3, 4, 6], type: 'uint8' };
const bytes = Uint8Array.from({ length: 2 * 72 }, () => random.integer(256));
const imagenet: Preprocessing = {
  layout: 'NCHW',
  scale: 1 / 255,
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
};

async function run(
  write: (builder: GraphBuilder) => Record<string, string>,
  shape: SampleShape,
  data: Uint8Array,
): Promise<Record<string, Tensor>> {
  const builder = new GraphBuilder();
  builder.input('samples', shape.type, ['n', ...shape.dims]);
  const made = write(builder);
  for (const [name, value] of Object.entries(made)) builder.output(name, 'float32', undefined, value);
  const session = await Session.create(builder.model);
  try {
    const n = data.length / (shape.dims[0] * shape.dims[1] * shape.dims[2]);
    return await session.run({ samples: { type: shape.type, dims: [n, ...shape.dims], data } });
  } finally {
    await session.dispose();
  }
}

describe('appendPreprocessing', () => {
  it.each(['NCHW', 'NHWC'] as const)('computes (value * scale - mean) / std per channel in %s', async (layout) => {
    const { y } = await run(
      (b) => ({ y: appendPreprocessing(b, 'samples', sample, { ...imagenet, layout }) }),
      sample,
      bytes,
    );
    expect(y.dims).toEqual(layout === 'NCHW' ? [2, 3, 4, 6] : [2, 4, 6, 3]);
    for (let n = 0; n < 2; n++) {
      for (let c = 0; c < 3; c++) {
        for (let p = 0; p < 24; p++) {
          const expected = (bytes[(n * 3 + c) * 24 + p] / 255 - imagenet.mean[c]) / imagenet.std[c];
          const at = layout === 'NCHW' ? (n * 3 + c) * 24 + p : (n * 24 + p) * 3 + c;
          expect(Number(y.data[at])).toBeCloseTo(expected, 5);
        }
      }
    }
  });

  it('resizes: an even brightness stays, a whole factor averages', async () => {
    const even = bytes.map((_, i) => 10 * (1 + Math.floor(i / 24)));
    const raw: Preprocessing = { layout: 'NCHW', scale: 1, mean: [0], std: [1] };
    for (const resize of [
      [2, 3],
      [8, 9],
    ] as [number, number][]) {
      const { y } = await run(
        (b) => ({ y: appendPreprocessing(b, 'samples', sample, { ...raw, resize }) }),
        sample,
        even,
      );
      expect(y.dims).toEqual([2, 3, ...resize]);
      const pixels = resize[0] * resize[1];
      for (const [i, value] of Array.from(y.data as Float32Array).entries()) {
        expect(value).toBeCloseTo(10 * (1 + Math.floor(i / pixels)), 3);
      }
    }
  });

  it('says when means and channels do not agree', () => {
    const wrong = { ...imagenet, mean: [0.1, 0.2] };
    expect(() => appendPreprocessing(new GraphBuilder(), 'samples', sample, wrong)).toThrow(
      /2 values of mean for 3 channels/,
    );
  });
});

describe('appendShrinking', () => {
  it('keeps a linear brightness away from the edges: interpolation and antialiasing are exact for it', async () => {
    const size = 24;
    const shape: SampleShape = { dims: [1, size, size], type: 'uint8' };
    const ramp = Uint8Array.from({ length: size * size }, (_, i) => 5 * Math.floor(i / size) + 3 * (i % size));
    const raw: Preprocessing = { layout: 'NCHW', scale: 1, mean: [0], std: [1] };
    const { input, target } = await run((b) => appendShrinking(b, 'samples', shape, raw, 2), shape, ramp);
    expect(Array.from(target.data as Float32Array)).toEqual(Array.from(ramp));
    expect(input.dims).toEqual([1, 1, 12, 12]);
    for (let y = 3; y < 9; y++) {
      for (let x = 3; x < 9; x++) {
        // The centre of a small pixel lies between two large ones.
        expect(Number(input.data[y * 12 + x])).toBeCloseTo(5 * (2 * y + 0.5) + 3 * (2 * x + 0.5), 2);
      }
    }
  });

  it('refuses sizes that leave a remainder', () => {
    expect(() => appendShrinking(new GraphBuilder(), 'samples', sample, imagenet, 4)).toThrow(/4 times smaller/);
  });
});
