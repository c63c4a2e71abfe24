import { describe, expect, it } from 'vitest';
import { batches } from '../src/data/batches';
import { openDataset } from '../src/data/openDataset';
import { namedPreprocessing, preprocess, type Preprocessing } from '../src/data/preprocessing';
import { preprocessingCandidates, proposePreprocessing } from '../src/data/preprocessingProposal';
import { Session } from '../src/runtime/session';
import { sharedPath } from './support/sharedData';

const model = sharedPath('models', 'resnet20_cifar10_bn.onnx');
const data = sharedPath('data', 'cifar10');

describe.skipIf(!model || !data)('a network from elsewhere', () => {
  it('gets the preprocessing it was trained with', async () => {
    const dataset = openDataset(`cifar10:${data}`);
    const session = await Session.create(model!);
    const test = dataset.test!;
    const samples = 250;
    const accuracy = async (preprocessing: Preprocessing): Promise<number> => {
      let right = 0;
      for (const { x, labels } of batches(test, { size: samples })) {
        const input = preprocess(preprocessing, test.sample, x, samples);
        const feeds = {
          [session.inputs[0].name]: { type: 'float32' as const, dims: [samples, 3, 32, 32], data: input },
        };
        const [logits] = Object.values(await session.run(feeds));
        const scores = logits.data as Float32Array;
        labels.forEach((label, n) => {
          const row = scores.subarray(n * 10, (n + 1) * 10);
          if (row.indexOf(Math.max(...row)) === label) right++;
        });
      }
      return right / test.length;
    };
    const { best, tried } = await proposePreprocessing(accuracy, preprocessingCandidates(test, 'NCHW'), 0.1);
    await session.dispose();
    dataset.close();
    const of = (name: string): number => tried.find((trial) => trial.name === name)!.accuracy;
    expect([of('unit') < 0.6, of('raw') < 0.3]).toEqual([true, true]);
    expect(best).toMatchObject({ name: 'imagenet', preprocessing: namedPreprocessing('imagenet') });
    expect(best!.accuracy).toBeGreaterThan(0.9);
  });
});
