import { describe, expect, it } from 'vitest';
import { encodeModel } from '../../onnx/write';
import type { Model } from '../../onnx/model';
import { layersOf, modelTotals } from '../../onnx/layers';
import { Session } from '../../runtime/session';
import { inferShapes } from '../../runtime/shapes';
import { float32 } from '../../tensor/tensor';
import { plainCnn, sampleClassifier, vggClassifier } from './plainCnn';
import { resnet, resnet20 } from './resnet';

/** Trained weights: all but the running statistics. */
function parameters(model: Model): number {
  let count = 0;
  for (const [name, weight] of model.graph.weights) if (/\.(weight|bias)$/.test(name)) count += weight.elements;
  return count;
}

async function logits(model: Model, dims: readonly number[]): Promise<{ dims: readonly number[]; data: number[] }> {
  const session = await Session.create(model);
  const { logits: result } = await session.run({ input: noise(dims) });
  await session.dispose();
  return { dims: result.dims, data: Array.from(result.data as Float32Array) };
}

function noise(dims: readonly number[]): ReturnType<typeof float32> {
  const tensor = float32(dims);
  for (let i = 0; i < tensor.data.length; i++) tensor.data[i] = Math.sin(i);
  return tensor;
}

describe('networks', () => {
  it('have the parameters that the papers say', () => {
    // He et al. 2015, table 6: 0.27 and 0.85 million.
    expect(parameters(resnet20())).toBe(269_722);
    expect(parameters(resnet(56))).toBe(853_018);
    expect(() => resnet(21)).toThrow(RangeError);
  });

  it('cost what their definitions say', async () => {
    const macs = async (model: Model, dims: number[]): Promise<number> => {
      const layers = layersOf(model, await inferShapes(model, { input: dims }));
      return modelTotals(model, layers).macs;
    };
    // He et al. 2015, section 4.2, counted by hand: 3x3 convolutions at 32x32, 16x16 and 8x8, and the classifier.
    const stage1 = 32 * 32 * 9 * (3 * 16 + 6 * 16 * 16);
    const stage2 = 16 * 16 * 9 * (16 * 32 + 5 * 32 * 32);
    const stage3 = 8 * 8 * 9 * (32 * 64 + 5 * 64 * 64);
    expect(await macs(resnet20(), [1, 3, 32, 32])).toBe(stage1 + stage2 + stage3 + 640);
    const vgg = [32 * 32 * (3 * 64 + 64 * 64), 16 * 16 * (64 * 128 + 128 * 128), 8 * 8 * (128 * 256 + 256 * 256)];
    expect(await macs(vggClassifier(), [1, 3, 32, 32])).toBe(9 * (vgg[0] + vgg[1] + vgg[2]) + 2560);
  });

  it('name weights as the exporter of PyTorch does', () => {
    const names = [...resnet20().graph.weights.keys()];
    expect(names).toContain('conv1.weight');
    expect(names).toContain('layer3.2.bn2.running_var');
    expect(names).toContain('linear.bias');
    expect(resnet20().graph.nodes.map((node) => node.name)).toContain('/layer1/0/conv1/Conv');
  });

  it('run at any batch and give finite, different logits', async () => {
    for (const [model, image] of [
      [resnet20(), [3, 32, 32]],
      [sampleClassifier(), [1, 28, 28]],
      [vggClassifier(), [3, 32, 32]],
    ] as const) {
      const { dims, data } = await logits(model, [2, ...image]);
      expect(dims).toEqual([2, 10]);
      expect(data.every(Number.isFinite)).toBe(true);
      expect(new Set(data).size).toBeGreaterThan(10);
    }
  });

  it('are the same for the same seed and others for another', () => {
    const bytes = (seed: number): Buffer => Buffer.from(encodeModel(sampleClassifier(seed)));
    expect(bytes(1).equals(bytes(1))).toBe(true);
    expect(bytes(1).equals(bytes(2))).toBe(false);
  });

  it('refuse a stage without convolutions', () => {
    const options = { classes: 2, inputChannels: 1, imageSize: 8 };
    expect(() => plainCnn({ ...options, stages: [] })).toThrow(RangeError);
    expect(() => plainCnn({ ...options, stages: [{ width: 8, depth: 0 }] })).toThrow(RangeError);
  });
});
