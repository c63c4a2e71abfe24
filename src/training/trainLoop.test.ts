import { describe, expect, it } from 'vitest';
import type { Preprocessing } from '../data/preprocessing';
import type { Split } from '../data/dataset';
import type { Checkpoint } from './checkpoint';
import { evaluate, type Evaluation } from './evaluate';
import { loopCheckpoint, restoreLoop } from './loopState';
import { crossEntropy } from './objectives/crossEntropy';
import type { TrainingEvent } from './progress';
import { quadrants } from './testing/splits';
import { perceptron, perceptronParameters, smallConvNet, smallConvNetParameters } from './testing/models';
import { trainLoop, type TrainLoopSettings } from './trainLoop';
import { TrainingSession } from './trainer';
import type { TrainingSpec } from './trainingSpec';

const preprocessing: Preprocessing = { layout: 'NCHW', scale: 1 / 255, mean: [0.4], std: [0.25] };
const train = quadrants(256, 8, 1);
const validation = quadrants(200, 8, 2);

const mlp = (): TrainingSpec => ({
  model: perceptron(64, 24, 4),
  batch: 32,
  data: { sample: train.sample, preprocessing },
  objective: crossEntropy({ labelSmoothing: 0.05 }),
  groups: [
    { name: 'all', parameters: perceptronParameters, optimizer: { kind: 'sgd', momentum: 0.9, weightDecay: 1e-4 } },
  ],
});

const settings: TrainLoopSettings = {
  epochs: 6,
  seed: 11,
  schedules: { all: { kind: 'cosine', rate: 0.05, warmUpEpochs: 1 } },
};

async function withSession<T>(spec: TrainingSpec, use: (session: TrainingSession) => Promise<T>): Promise<T> {
  const session = await TrainingSession.create(spec);
  try {
    return await use(session);
  } finally {
    await session.dispose();
  }
}

describe('trainLoop', () => {
  it('trains a perceptron to more than 95 % on samples it has not seen', async () => {
    const spec = mlp();
    await withSession(spec, async (session) => {
      const events: TrainingEvent[] = [];
      const judge = (): Promise<Evaluation> =>
        evaluate(session.exportWeights(spec.model), validation, preprocessing, { kind: 'classification' });
      const { outcome } = await trainLoop({
        session,
        train,
        settings,
        evaluate: judge,
        onEvent: (event) => events.push(event),
      });
      expect(outcome).toBe('finished');
      expect((await judge()).value).toBeGreaterThan(95);
      const epochs = events.filter((event) => event.kind === 'epoch');
      expect(epochs).toHaveLength(6);
      expect(epochs[5].loss).toBeLessThan(epochs[0].loss);
      expect(epochs[5].accuracy).toBeGreaterThan(95);
      const steps = events.filter((event) => event.kind === 'step');
      expect(steps.at(-1)).toMatchObject({ epoch: 5, step: 8, stepsPerEpoch: 8, etaMs: expect.any(Number) });
    });
  });

  it('trains a convolutional net with BatchNormalization by AdamW', async () => {
    // Classes by brightness alone: what global average pooling can see.
    const bright: Split = {
      ...train,
      classes: 2,
      read(indices, x, labels) {
        train.read(indices, x);
        for (let n = 0; n < indices.length; n++) {
          if (labels) labels[n] = indices[n] % 2;
          if (indices[n] % 2 === 1) for (let j = 0; j < 64; j++) x[n * 64 + j] = Math.min(255, x[n * 64 + j] + 40);
        }
      },
    };
    const spec: TrainingSpec = {
      model: smallConvNet(1, 8, 8, 2),
      batch: 32,
      data: { sample: train.sample, preprocessing },
      objective: crossEntropy(),
      groups: [{ name: 'all', parameters: smallConvNetParameters, optimizer: { kind: 'adamW', weightDecay: 0.01 } }],
    };
    await withSession(spec, async (session) => {
      await trainLoop({
        session,
        train: bright,
        settings: {
          epochs: 6,
          seed: 1,
          schedules: { all: { kind: 'constant', rate: 0.01 } },
          augmentation: { flip: true },
        },
      });
      const result = await evaluate(session.exportWeights(spec.model), bright, preprocessing, {
        kind: 'classification',
      });
      expect(result.value).toBeGreaterThan(95);
    });
  });

  it('ends in the same bits when it is taken up at any checkpoint', async () => {
    const spec: TrainingSpec = { ...mlp(), objective: crossEntropy({ targets: 'mixed' }) };
    const careful: TrainLoopSettings = {
      ...settings,
      epochs: 3,
      checkpointSteps: 3,
      patience: 2,
      augmentation: { crop: 1, flip: true, mixup: 0.2 },
    };
    // Gets worse after the second epoch, so that the best state has to survive as well.
    const judge = (session: TrainingSession) => async (): Promise<Evaluation> => ({
      metric: 'accuracy',
      value: session.stepsDone === 16 ? 90 : 50,
      samples: 1,
    });
    const checkpoints: Checkpoint[] = [];
    const undisturbed = await withSession(spec, async (session) => {
      const result = await trainLoop({
        session,
        train,
        settings: careful,
        evaluate: judge(session),
        onCheckpoint: (state) => void checkpoints.push(loopCheckpoint(session, state)),
      });
      return { result, end: session.snapshot() };
    });
    expect(checkpoints).toHaveLength(9);
    expect(undisturbed.end.stepsDone).toBe(16);
    for (const checkpoint of checkpoints) {
      // Through JSON, as files have it.
      const stored = { ...checkpoint, meta: JSON.parse(JSON.stringify(checkpoint.meta)) as unknown };
      const resumed = await withSession(spec, async (session) => {
        const from = restoreLoop(session, stored);
        const result = await trainLoop({ session, train, settings: careful, evaluate: judge(session), from });
        return { result, end: session.snapshot() };
      });
      expect(resumed).toEqual(undisturbed);
    }
  });

  it('stops early and goes back to the best weights', async () => {
    await withSession(mlp(), async (session) => {
      const values = [50, 80, 70, 60, 90];
      let epoch = 0;
      let best: unknown;
      const { outcome, state } = await trainLoop({
        session,
        train,
        settings: { ...settings, patience: 2 },
        evaluate: async () => ({ metric: 'accuracy', value: values[epoch++], samples: 1 }),
        onCheckpoint: () => void (epoch === 2 && (best = session.snapshot())),
      });
      expect(outcome).toBe('stopped-early');
      expect(state.best).toMatchObject({ epoch: 1, value: 80 });
      expect(session.snapshot()).toEqual(best);
    });
  });

  it('ends soon after it is aborted, in a state to go on from', async () => {
    await withSession(mlp(), async (session) => {
      const controller = new AbortController();
      const { outcome, state } = await trainLoop({
        session,
        train,
        settings,
        signal: controller.signal,
        onEvent: (event) => {
          if (event.kind === 'step' && event.epoch === 1 && event.step >= 3) controller.abort();
        },
      });
      expect(outcome).toBe('aborted');
      expect(state.epoch * 8 + state.step).toBe(session.stepsDone);
      expect(session.stepsDone).toBeLessThan(6 * 8);
      const { outcome: second } = await trainLoop({ session, train, settings, from: state });
      expect(second).toBe('finished');
      expect(session.stepsDone).toBe(6 * 8);
    });
  });

  it('takes the evaluation up again in which it was aborted', async () => {
    await withSession(mlp(), async (session) => {
      const controller = new AbortController();
      const aborting = async (): Promise<Evaluation> => {
        controller.abort();
        throw new Error('aborted');
      };
      const one = { ...settings, epochs: 1 };
      const { outcome, state } = await trainLoop({
        session,
        train,
        settings: one,
        signal: controller.signal,
        evaluate: aborting,
      });
      expect(outcome).toBe('aborted');
      expect(state).toMatchObject({ epoch: 0, step: 8 });
      const evaluation: Evaluation = { metric: 'accuracy', value: 50, samples: 1 };
      const resumed = await trainLoop({ session, train, settings: one, from: state, evaluate: async () => evaluation });
      expect(resumed).toMatchObject({ outcome: 'finished', state: { epoch: 1, step: 0, last: { evaluation } } });
      expect(session.stepsDone).toBe(8);
    });
  });

  it('says what does not fit', async () => {
    await withSession(mlp(), async (session) => {
      const other = quadrants(64, 10, 1);
      await expect(trainLoop({ session, train: other, settings })).rejects.toThrow(/not made for samples of 1x10x10/);
      await expect(trainLoop({ session, train: quadrants(8, 8, 1), settings })).rejects.toThrow(/fewer than one batch/);
      await expect(
        trainLoop({ session, train, settings: { ...settings, augmentation: { mixup: 0.2 } } }),
      ).rejects.toThrow(/mixed labels/);
    });
  });
});
