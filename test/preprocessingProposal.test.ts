import { describe, expect, it } from 'vitest';
import { openDataset } from '../src/data/openDataset';
import { namedPreprocessing, type Preprocessing } from '../src/data/preprocessing';
import { preprocessingCandidates, proposePreprocessing } from '../src/data/preprocessingProposal';
import { evaluate } from '../src/training/evaluate';
import { sharedPath } from './support/sharedData';

const model = sharedPath('models', 'resnet20_cifar10_bn.onnx');
const data = sharedPath('data', 'cifar10');

describe.skipIf(!model || !data)('a network from elsewhere', () => {
  it('gets the preprocessing it was trained with', async () => {
    const dataset = openDataset(`cifar10:${data}`);
    const test = dataset.test!;
    const accuracy = async (preprocessing: Preprocessing): Promise<number> =>
      (await evaluate(model!, test, preprocessing, { kind: 'classification' })).value / 100;
    const { best, tried } = await proposePreprocessing(accuracy, preprocessingCandidates(test, 'NCHW'), 0.1);
    dataset.close();
    const of = (name: string): number => tried.find((trial) => trial.name === name)!.accuracy;
    expect([of('unit') < 0.6, of('raw') < 0.3]).toEqual([true, true]);
    expect(best).toMatchObject({ name: 'imagenet', preprocessing: namedPreprocessing('imagenet') });
    expect(best!.accuracy).toBeGreaterThan(0.9);
  });
});
