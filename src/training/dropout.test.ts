import { describe, expect, it } from 'vitest';
import { float } from '../onnx/attributes';
import { GraphBuilder } from '../onnx/graphBuilder';
import { Model } from '../onnx/model';
import { Random } from '../tensor/random';
import { float32, type Tensor } from '../tensor/tensor';
import { dropoutMask } from './dropout';
import { stepInput } from './objective';
import { meanSquaredError } from './objectives/meanSquaredError';
import { TrainingSession, type StepFeeds } from './trainer';
import type { TrainingSpec } from './trainingSpec';

const [batch, width, ratio, rate] = [4, 6, 0.25, 0.1];
const random = Random.of('dropout');
const normals = (dims: readonly number[]): Tensor<Float32Array> =>
  float32(
    dims,
    Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => random.normal()),
  );
const weights = normals([width, width]);
const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0) / values.length;

/** y = Dropout(x) W */
function dropped(opset = 0): Model {
  const builder = new GraphBuilder(opset ? Model.empty('old', { '': opset }) : undefined);
  const x = builder.input('x', 'float32', ['N', width]);
  const h = opset
    ? builder.op('Dropout', [x], { ratio: float(ratio) }, { outputs: ['h'] })
    : builder.op('Dropout', [x, builder.scalar(ratio)], {}, { outputs: ['h'] });
  builder.output('y', 'float32', ['N', width], builder.op('MatMul', [h, builder.constant(weights, 'W')]));
  return builder.model;
}

function specOf(model: Model, seed?: number): TrainingSpec {
  const groups = [{ name: 'all', parameters: ['W'], optimizer: { kind: 'sgd' as const } }];
  return { model, batch, objective: meanSquaredError(), groups, seed };
}

const feeds: StepFeeds[] = Array.from({ length: 4 }, () => ({
  tensors: { x: normals([batch, width]), [stepInput.target]: normals([batch, width]) },
  rates: { all: rate },
}));

async function trained(spec: TrainingSpec, stepsPerRun: number): Promise<Float32Array> {
  const session = await TrainingSession.create(spec, { stepsPerRun });
  await session.steps(feeds);
  const result = session.weights().get('W')!.data;
  await session.dispose();
  return result;
}

describe('dropoutMask', () => {
  const input = { name: 'mask', type: 'float32', dims: [50, 400] } as const;

  it('drops the share asked for and keeps the mean', () => {
    const { data } = dropoutMask(input, ratio, 1, 0);
    expect(new Set(data)).toEqual(new Set([0, Math.fround(1 / (1 - ratio))]));
    // The deviation of the mean is 0.4 %.
    expect(Math.abs(mean(data) - 1)).toBeLessThan(0.02);
    expect(dropoutMask(input, 1, 1, 0).data.every((value) => value === 0)).toBe(true);
  });

  it('depends on seed, name and step alone', () => {
    const { data } = dropoutMask(input, ratio, 1, 7);
    expect(dropoutMask(input, ratio, 1, 7).data).toEqual(data);
    for (const other of [
      dropoutMask(input, ratio, 1, 8),
      dropoutMask(input, ratio, 2, 7),
      dropoutMask({ ...input, name: 'other' }, ratio, 1, 7),
    ]) {
      // Independent masks agree where both keep or both drop.
      const agreement = mean(Array.from(data, (value, i) => (value === other.data[i] ? 1 : 0)));
      expect(Math.abs(agreement - (ratio ** 2 + (1 - ratio) ** 2))).toBeLessThan(0.02);
    }
  });
});

describe('a step through Dropout', () => {
  it('is the gradient step of a linear map of the masked input', async () => {
    const session = await TrainingSession.create(specOf(dropped(), 3));
    const { loss } = await session.step(feeds[0]);
    const actual = session.weights().get('W')!.data;
    await session.dispose();
    const mask = dropoutMask({ name: stepInput.dropout('h'), type: 'float32', dims: [batch, width] }, ratio, 3, 0);
    const x = (feeds[0].tensors.x.data as Float32Array).map((value, i) => value * mask.data[i]);
    const target = feeds[0].tensors[stepInput.target].data as Float32Array;
    // The mean of (x W - t)^2 has the gradient 2 x' (x W - t) / (batch width).
    const errors = target.map((wanted, at) => {
      const [n, o] = [Math.floor(at / width), at % width];
      return Array.from({ length: width }, (_, i) => x[n * width + i] * weights.data[i * width + o]).reduce(
        (a, b) => a + b,
        -wanted,
      );
    });
    expect(loss).toBeCloseTo(mean(errors.map((value) => value ** 2)), 4);
    const expected = weights.data.map((weight, at) => {
      const [i, o] = [Math.floor(at / width), at % width];
      const rows = Array.from({ length: batch }, (_, n) => x[n * width + i] * errors[n * width + o]);
      return weight - (rate * 2 * mean(rows)) / width;
    });
    for (const [i, value] of expected.entries()) expect(actual[i]).toBeCloseTo(value, 5);
  });

  it('has the ratio of operator sets in which it was an attribute', async () => {
    const old = await TrainingSession.create(specOf(dropped(10)));
    expect([...old.graph.dropout.values()]).toEqual([ratio]);
    await old.dispose();
  });

  it('ends in the same bits one by one, in loops, and when it is taken up again', async () => {
    const spec = specOf(dropped(), 5);
    const expected = await trained(spec, 1);
    expect(await trained(spec, 3)).toEqual(expected);
    expect(await trained({ ...spec, seed: 6 }, 1)).not.toEqual(expected);
    const first = await TrainingSession.create(spec, { stepsPerRun: 1 });
    await first.steps(feeds.slice(0, 2));
    const second = await TrainingSession.create(spec, { stepsPerRun: 2 });
    second.restore(first.snapshot());
    await second.steps(feeds.slice(2));
    expect(second.weights().get('W')!.data).toEqual(expected);
    await first.dispose();
    await second.dispose();
  });
});
