import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Model } from '../src/onnx/model';
import { readModel } from '../src/onnx/read';
import { modelTotals } from '../src/onnx/layers';
import { trainingObstacle } from '../src/runs/compressionJob';
import { modelLayers } from '../src/runs/modelLayers';
import { toFloat32 } from '../src/tensor/convert';
import { trainableWeights } from '../src/search/trainableWeights';
import { stepInput } from '../src/training/objective';
import { crossEntropy } from '../src/training/objectives/crossEntropy';
import { TrainingSession } from '../src/training/trainer';
import { runPython, torchMissing } from './support/torch';

interface Truth {
  readonly params: number;
  readonly macs: number;
  readonly loss: number;
  readonly gradientNorm: number;
}

const batch = 8;
const classes = 10;
const missing = torchMissing('torchvision');

/** Parameters that fine-tuning leaves as they are: tables, tokens and factors that no layer or normalisation holds. */
const untouched: Readonly<Record<string, readonly RegExp[]>> = {
  vit: [/class_token$/, /pos_embedding$/],
  swin: Array<RegExp>(4).fill(/relative_position_bias_table$/),
  convnext: Array<RegExp>(2).fill(/layer_scale$/),
};

/** What PyTorch calls a parameter: tables of integers, scalars and running statistics are none. */
function parametersOf({ graph }: Model): string[] {
  const statistics = new Set(
    graph.nodes.flatMap((node) => (node.opType === 'BatchNormalization' ? node.input.slice(3) : [])),
  );
  return [...graph.weights].flatMap(([name, weight]) =>
    weight.elementType === 'float32' && weight.dims.length > 0 && !statistics.has(name) ? [name] : [],
  );
}

describe.skipIf(missing)(`networks that PyTorch exported with an open batch${missing ? ` (${missing})` : ''}`, () => {
  let folder: string;
  let truths: Record<string, Truth>;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'layerwise-exported-'));
    truths = JSON.parse(runPython('exportNets.py', folder, String(batch)).trim()) as Record<string, Truth>;
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  describe.each(['vit', 'swin', 'shufflenet', 'convnext', 'mobilenet'])('%s', (name) => {
    const open = (): Model => readModel(join(folder, `${name}.onnx`));

    it('costs what PyTorch counts', async () => {
      const model = open();
      const { layers } = await modelLayers(model);
      const { params, macs } = truths[name];
      expect(layers.flatMap(({ openSizes }) => openSizes)).toEqual([]);
      expect(modelTotals(model, layers)).toMatchObject({ params, macs });
    });

    it('is fine-tuned in all its layers and normalisations, whichever operators an exporter wrote these with', () => {
      const model = open();
      const tuned = new Set(trainableWeights(model));
      const left = parametersOf(model).filter((parameter) => !tuned.has(parameter));
      expect(left).toEqual((untouched[name] ?? []).map((pattern) => expect.stringMatching(pattern) as string));
      expect(parametersOf(model)).toEqual(expect.arrayContaining([...tuned]));
    });

    it('trains with the gradient of PyTorch', async () => {
      const model = open();
      const { layers } = await modelLayers(model);
      expect(trainingObstacle(model, layers)).toBeUndefined();
      const parameters = parametersOf(model);
      const rate = 1e-2;
      const session = await TrainingSession.create({
        model,
        batch,
        objective: crossEntropy(),
        groups: [{ name: 'all', parameters, optimizer: { kind: 'sgd', momentum: 0, weightDecay: 0 } }],
        batchNorm: 'frozen',
        inputDims: { x: [batch, 3, 32, 32] },
      });
      try {
        const bytes = readFileSync(join(folder, 'x.bin'));
        const x = new Float32Array(new Uint8Array(bytes).buffer);
        const { loss } = await session.step({
          tensors: {
            x: { type: 'float32', dims: [batch, 3, 32, 32], data: x },
            [stepInput.labels]: {
              type: 'int32',
              dims: [batch],
              data: Int32Array.from({ length: batch }, (_, i) => i % classes),
            },
          },
          rates: { all: rate },
        });
        let sum = 0;
        for (const [weight, after] of session.weights()) {
          const before = toFloat32(model.graph.weights.get(weight)!.tensor()).data;
          before.forEach((value, i) => (sum += ((value - after.data[i]) / rate) ** 2));
        }
        expect(loss).toBeCloseTo(truths[name].loss, 4);
        expect(Math.sqrt(sum) / truths[name].gradientNorm).toBeCloseTo(1, 3);
      } finally {
        await session.dispose();
      }
    });
  });
});
