import { describe, expect, it } from 'vitest';
import { makeValueInfo } from '../onnx/graph';
import { Session } from '../runtime/session';
import { castTo } from '../tensor/convert';
import { ownSlotElements } from './stateLayout';
import type { Preprocessing } from '../data/preprocessing';
import { Random } from '../tensor/random';
import { float32, type Tensor } from '../tensor/tensor';
import { collectStatistics } from './layerStatistics';
import { blockedBackendAvailable } from './backend';
import { stepInput } from './objective';
import { crossEntropy } from './objectives/crossEntropy';
import type { Optimizer } from './optimizer';
import { perceptron, perceptronParameters, smallConvNet, smallConvNetParameters } from './testing/models';
import { splitOf } from './testing/splits';
import { TrainingSession, type StepFeeds, type TrainingOptions } from './trainer';
import type { TrainingSpec } from './trainingSpec';

const batch = 8;

function batches(count: number, dims: readonly number[], classes: number, rate = 0.1, n = batch): StepFeeds[] {
  const random = Random.of('batches');
  return Array.from({ length: count }, () => {
    const x = Float32Array.from({ length: n * dims.reduce((a, b) => a * b, 1) }, () => random.normal());
    const labels = Int32Array.from({ length: n }, () => random.integer(classes));
    return {
      tensors: {
        x: { type: 'float32', dims: [n, ...dims], data: x } as Tensor,
        [stepInput.labels]: { type: 'int32', dims: [n], data: labels } as Tensor,
      },
      rates: { all: rate },
    };
  });
}

const optimizers: Optimizer[] = [{ kind: 'sgd', momentum: 0.9, weightDecay: 1e-3 }, { kind: 'adamW' }];

function convNetSpec(optimizer: Optimizer): TrainingSpec {
  return {
    model: smallConvNet(3, 8, 8, 4),
    batch,
    objective: crossEntropy(),
    groups: [{ name: 'all', parameters: smallConvNetParameters, optimizer }],
  };
}

async function withSession<T>(
  spec: TrainingSpec,
  options: TrainingOptions,
  use: (session: TrainingSession) => Promise<T>,
): Promise<T> {
  const session = await TrainingSession.create(spec, options);
  try {
    return await use(session);
  } finally {
    await session.dispose();
  }
}

describe.each(optimizers)('a training session with $kind', (optimizer) => {
  it('takes the same steps one by one as many in one run', async () => {
    const feeds = batches(7, [3, 8, 8], 4);
    const run = (stepsPerRun: number) =>
      withSession(convNetSpec(optimizer), { stepsPerRun }, async (session) => {
        const metrics = await session.steps(feeds);
        return { metrics, state: session.snapshot() };
      });
    const single = await run(1);
    expect(await run(3)).toEqual(single);
    expect(single.metrics).toHaveLength(7);
    expect(single.state.stepsDone).toBe(7);
  });

  it('continues from a snapshot with the same bits', async () => {
    const feeds = batches(6, [3, 8, 8], 4);
    const undisturbed = await withSession(convNetSpec(optimizer), { stepsPerRun: 1 }, async (session) => {
      await session.steps(feeds.slice(0, 3));
      const snapshot = session.snapshot();
      const metrics = await session.steps(feeds.slice(3));
      return { snapshot, metrics, end: session.snapshot() };
    });
    await withSession(convNetSpec(optimizer), { stepsPerRun: 1 }, async (session) => {
      await session.steps(feeds.slice(4));
      session.restore(undisturbed.snapshot);
      expect(session.stepsDone).toBe(3);
      expect(await session.steps(feeds.slice(3))).toEqual(undisturbed.metrics);
      expect(session.snapshot()).toEqual(undisturbed.end);
    });
  });
});

describe('TrainingSession', () => {
  it('moves running statistics a tenth of the way to those of the batch, the variance taken unbiased', async () => {
    const spec = convNetSpec(optimizers[0]);
    spec.model.graph.setWeight('norm0.mean', float32([8], new Float32Array(8).fill(5)));
    spec.model.graph.setWeight('norm0.variance', float32([8], new Float32Array(8).fill(9)));
    const [feeds] = batches(1, [3, 8, 8], 4);
    const x = feeds.tensors.x.data as Float32Array;
    const split = splitOf(batch, { dims: [3, 8, 8], type: 'float32' }, (i, j) => x[i * 192 + j]);
    const preprocessing: Preprocessing = { layout: 'NCHW', scale: 1, mean: [0], std: [1] };
    const source = { split, preprocessing, batch, batches: 1, seed: 0 };
    const statistics = await collectStatistics(spec.model, ['conv0'], source, { batchNorm: 'batch' });
    const { mean, variance } = statistics.get('conv0')!;
    const weights = await withSession(spec, {}, async (session) => {
      await session.step(feeds);
      return session.weights();
    });
    const count = batch * 64;
    for (let c = 0; c < 8; c++) {
      expect(weights.get('norm0.mean')!.data[c]).toBeCloseTo(0.9 * 5 + 0.1 * mean[c], 5);
      const unbiased = (variance[c] * count) / (count - 1);
      expect(weights.get('norm0.variance')!.data[c]).toBeCloseTo(0.9 * 9 + 0.1 * unbiased, 5);
    }
  });

  it('refuses the snapshot of another model and stays as it was', async () => {
    const other = await withSession(
      {
        model: perceptron(4, 5, 3),
        batch,
        objective: crossEntropy(),
        groups: [{ name: 'all', parameters: perceptronParameters, optimizer: { kind: 'sgd' } }],
      },
      {},
      async (session) => session.snapshot(),
    );
    await withSession(convNetSpec(optimizers[0]), {}, async (session) => {
      const before = session.snapshot();
      expect(() => session.restore(other)).toThrow(/belongs to another training/);
      expect(session.snapshot()).toEqual(before);
    });
  });

  it('stops between runs when it is aborted', async () => {
    await withSession(convNetSpec(optimizers[0]), { stepsPerRun: 1 }, async (session) => {
      const controller = new AbortController();
      const running = session.steps(batches(50, [3, 8, 8], 4), controller.signal);
      controller.abort();
      expect((await running).length).toBeLessThan(50);
    });
  });

  it('tells when the loss is no longer finite and keeps the state', async () => {
    await withSession(convNetSpec(optimizers[0]), { stepsPerRun: 1 }, async (session) => {
      const [feeds] = batches(1, [3, 8, 8], 4);
      const before = session.snapshot();
      (feeds.tensors.x.data as Float32Array)[0] = Infinity;
      await expect(session.step(feeds)).rejects.toThrow(/diverged: the loss of step 1/);
      expect(session.snapshot()).toEqual(before);
    });
  });

  it('exports the trained weights into the model it began with', async () => {
    const spec = convNetSpec(optimizers[0]);
    await withSession(spec, {}, async (session) => {
      await session.steps(batches(2, [3, 8, 8], 4));
      const trained = session.exportWeights(spec.model);
      const weights = session.weights();
      expect([...weights.keys()].sort()).toEqual(
        [...smallConvNetParameters, 'norm0.mean', 'norm0.variance', 'norm1.mean', 'norm1.variance'].sort(),
      );
      for (const [name, tensor] of weights) {
        expect(trained.graph.weights.get(name)!.tensor()).toEqual(tensor);
        expect(tensor).not.toEqual(spec.model.graph.weights.get(name)!.tensor());
      }
    });
  });
});

describe('the blocked layout', () => {
  it('trains as standard operators do, with the same bits one by one and in loops', async () => {
    const available = await blockedBackendAvailable();
    const images = 2 * (available?.blockSize ?? 8);
    const spec: TrainingSpec = {
      ...convNetSpec(optimizers[0]),
      model: smallConvNet(3, 16, 32, 4),
      batch: images,
    };
    const feeds = batches(4, [3, 16, 16], 4, 0.02, images);
    const run = (backend: TrainingSpec['backend'], stepsPerRun: number) =>
      withSession({ ...spec, backend }, { stepsPerRun }, async (session) => ({
        backend: session.graph.backend,
        metrics: await session.steps(feeds),
        state: session.snapshot(),
      }));
    const standard = await run('standard', 1);
    const automatic = await run('auto', 1);
    expect(standard.backend).toBe('standard');
    expect(automatic.backend).toBe(available ? 'blocked' : 'standard');
    expect(await run('auto', 4)).toEqual(automatic);
    for (const [i, { loss }] of automatic.metrics.entries()) expect(loss).toBeCloseTo(standard.metrics[i].loss, 4);
    for (const [key, { dims }] of standard.state.tensors) expect(automatic.state.tensors.get(key)!.dims).toEqual(dims);
  });
});

describe('models in half precision', () => {
  it('are trained in float32 and keep their type in the result', async () => {
    const model = perceptron(4, 5, 3);
    const { graph } = model;
    for (const name of perceptronParameters)
      graph.setWeight(name, castTo(graph.weights.get(name)!.tensor(), 'float16'));
    graph.proto.input = [makeValueInfo('x', 'float16', ['batch', 4])];
    graph.proto.output = [makeValueInfo('logits', 'float16', ['batch', 3])];
    const spec: TrainingSpec = {
      model,
      batch,
      objective: crossEntropy(),
      groups: [{ name: 'all', parameters: perceptronParameters, optimizer: { kind: 'sgd' } }],
    };
    await withSession(spec, {}, async (session) => {
      const [feeds] = batches(1, [4], 3);
      const { loss } = await session.step(feeds);
      for (let i = 0; i < 20; i++) await session.step(feeds);
      expect((await session.step(feeds)).loss).toBeLessThan(loss);
      for (const weight of session.exportWeights(model).graph.weights.values())
        expect(weight.elementType).toBe('float16');
    });
    const trained = await Session.create(model);
    await trained.dispose();
  });
});

describe('a perceptron of large layers', () => {
  it('takes the same steps in slots of its own and in loops', async () => {
    const spec: TrainingSpec = {
      model: perceptron(256, ownSlotElements / 256, 4),
      batch,
      objective: crossEntropy(),
      groups: [
        { name: 'first', parameters: ['W1', 'B1'], optimizer: { kind: 'sgd', momentum: 0.9 } },
        { name: 'rest', parameters: ['W2', 'B2'], optimizer: { kind: 'adamW' } },
      ],
    };
    const feeds = batches(5, [256], 4).map((feed, i) => ({
      ...feed,
      rates: { first: 0.05, rest: 0.001 },
      idle: [i % 2 === 0 ? 'first' : 'rest'],
    }));
    const run = (stepsPerRun: number) =>
      withSession(spec, { stepsPerRun }, async (session) => {
        expect(session.graph.state.some(({ input }) => input === 'W1')).toBe(true);
        return { metrics: await session.steps(feeds), state: session.snapshot() };
      });
    expect(await run(5)).toEqual(await run(1));
  });
});
