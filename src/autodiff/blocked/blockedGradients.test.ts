import { describe, expect, it } from 'vitest';
import { float, type AttributeValue } from '../../onnx/attributes';
import { GraphBuilder } from '../../onnx/graphBuilder';
import type { Model } from '../../onnx/model';
import { float32 } from '../../tensor/tensor';
import { plainCnn } from '../../training/networks/plainCnn';
import { resnet } from '../../training/networks/resnet';
import { blockSize, compareLayouts, randomTensor } from './testing/compareLayouts';

/** What float32 makes of the same sums in another order, through a network of some depth. */
const rounding = 1e-5;
/** Where ReLU's kinks are crossed by rounding, single elements of the gradient are all different. */
const kinks = 2e-2;

/** The model without ReLUs, so that nothing but rounding tells two ways to compute it apart. */
function smooth(model: Model): Model {
  for (const node of model.graph.nodes) if (node.opType === 'Relu') node.opType = 'Identity';
  return model;
}

/** Writes a network of single operators on images `[N, channels, size, size]`. */
class Net {
  readonly builder = new GraphBuilder(undefined, 'net');
  private count = 0;

  constructor(channels: number, size: number) {
    this.builder.input('images', 'float32', ['N', channels, size, size]);
  }

  weight(dims: readonly number[], scale = 0.2): string {
    const name = `w${this.count++}`;
    return this.builder.constant(randomTensor(name, dims, scale), name);
  }

  conv(
    x: string,
    dims: readonly number[],
    { stride = 1, bias = false, weights = this.weight(dims), group = 1 } = {},
  ): string {
    const pad = dims[2] >> 1;
    const inputs = [x, weights, ...(bias ? [this.weight([dims[0]])] : [])];
    const attributes = { kernel_shape: dims.slice(2), pads: [pad, pad, pad, pad], strides: [stride, stride], group };
    return this.builder.op('Conv', inputs, attributes);
  }

  norm(x: string, channels: number): string {
    const vectors = [this.weight([channels], 1), this.weight([channels], 1)];
    const statistics = [`mean${this.count}`, `variance${this.count}`].map((name) =>
      this.builder.constant(float32([channels], new Float32Array(channels).fill(0.5)), name),
    );
    return this.builder.op('BatchNormalization', [x, ...vectors, ...statistics], { momentum: float(0.8) });
  }

  op(opType: string, inputs: readonly string[], attributes: Readonly<Record<string, AttributeValue>> = {}): string {
    return this.builder.op(opType, inputs, attributes);
  }

  finish(...outputs: string[]): Model {
    for (const [i, value] of outputs.entries()) this.builder.output(`result${i}`, 'float32', undefined, value);
    return this.builder.model;
  }
}

const one = blockSize;

describe('gradients in the blocked layout are those of standard operators', () => {
  it('for a ResNet with padded shortcuts', async () => {
    const dims = [blockSize, 3, 32, 32];
    const exact = await compareLayouts(smooth(resnet(8)), dims);
    expect(exact.operators.filter((operator) => operator === '*BatchNormalization')).toHaveLength(7);
    expect(exact.operators).not.toContain('Slice');
    expect(exact.gradientError).toBeLessThan(rounding);
    expect(exact.statisticsError).toBeLessThan(rounding);
    const withRelu = await compareLayouts(resnet(8), dims);
    expect(withRelu.operators).not.toContain('Relu');
    expect(withRelu.gradientError).toBeLessThan(kinks);
  });

  it('for a plain classifier with pooling', async () => {
    const stages = [
      { width: 2 * blockSize, depth: 1 },
      { width: 4 * blockSize, depth: 2, halved: true },
    ];
    const model = (): Model => plainCnn({ stages, classes: 10, inputChannels: 1, imageSize: 28 });
    const exact = await compareLayouts(smooth(model()), [blockSize, 1, 28, 28]);
    expect(exact.operators.filter((operator) => !operator.startsWith('*'))).not.toContain('Conv');
    expect(exact.gradientError).toBeLessThan(rounding);
    const withRelu = await compareLayouts(model(), [blockSize, 1, 28, 28]);
    expect(withRelu.gradientError).toBeLessThan(kinks);
  });

  it('for factored layers whose ranks fill no block, with bias, stride 2 and two blocks of images', async () => {
    const net = new Net(16, 12);
    const factored = (x: string, [inputs, first, second, outputs]: readonly number[], stride: number): string => {
      const down = net.conv(x, [first, inputs, 1, 1]);
      const core = net.conv(down, [second, first, 3, 3], { stride });
      return net.conv(core, [outputs, second, 1, 1], { bias: true });
    };
    const a = net.norm(factored('images', [16, 12, 14, 24], 1), 24);
    const b = net.norm(factored(a, [24, 13, 23, 33], 2), 33);
    const result = await compareLayouts(net.finish(net.op('GlobalAveragePool', [b])), [2 * blockSize, 16, 12, 12]);
    expect(result.operators.filter((operator) => operator === '*Conv')).toHaveLength(6);
    expect(result.operators).not.toContain('Conv');
    expect(result.gradientError).toBeLessThan(rounding);
    // The first normalisation's bias hardly matters: the second one takes it away but for the borders.
    expect(result.worstError).toBeLessThan(1e-3);
    expect(result.statisticsError).toBeLessThan(rounding);
  });

  it('for a kernel that the graph computes from other weights', async () => {
    const net = new Net(one, 8);
    const masked = net.op('Mul', [net.weight([one, one, 3, 3]), net.weight([1, one, 1, 1], 1)]);
    const y = net.conv(net.conv('images', [one, one, 3, 3], { weights: masked }), [one, one, 3, 3]);
    const result = await compareLayouts(
      net.finish(net.op('ReduceMean', [y, net.builder.ints([2, 3])], { keepdims: 0 })),
      [blockSize, one, 8, 8],
    );
    expect(result.operators).toContain('*Conv');
    expect(result.worstError).toBeLessThan(rounding);
  });

  it('for activations, pooling, products, and operators that stay in the ordinary layout', async () => {
    const net = new Net(3, 16);
    const stem = net.conv('images', [one, 3, 3, 3], { bias: true });
    const smoothed = net.op('Sigmoid', [net.norm(stem, one)]);
    const gated = net.op('Mul', [smoothed, net.conv(smoothed, [one, one, 3, 3])]);
    const grouped = net.conv(
      net.op('AveragePool', [gated], { kernel_shape: [2, 2], strides: [2, 2] }),
      [one, 1, 3, 3],
      {
        group: one,
      },
    );
    const joined = net.op('Add', [net.conv(grouped, [one, one, 3, 3]), grouped]);
    const deep = net.conv(net.op('LeakyRelu', [net.conv(joined, [2 * one, one, 3, 3])]), [2 * one, 2 * one, 3, 3]);
    const result = await compareLayouts(net.finish(net.op('GlobalAveragePool', [deep]), joined), [
      blockSize,
      3,
      16,
      16,
    ]);
    expect(result.operators.filter((operator) => operator === 'Conv')).toHaveLength(1);
    expect(result.operators).toContain('*FromBlocked');
    expect(result.operators).toContain('*AveragePool');
    expect(result.worstError).toBeLessThan(5 * rounding);
  });

  it('for normalisation by frozen statistics', async () => {
    const net = new Net(one, 12);
    const inner = net.norm(net.conv('images', [one, one, 3, 3]), one);
    const sum = net.op('Add', [net.norm(net.conv(inner, [one, one, 3, 3]), one), inner]);
    const model = net.finish(net.op('GlobalAveragePool', [sum]));
    const result = await compareLayouts(model, [blockSize, one, 12, 12], { batchNorm: 'frozen' });
    expect(result.operators.filter((operator) => operator === '*BatchNormalization')).toHaveLength(2);
    expect(result.worstError).toBeLessThan(rounding);
    expect(result.statisticsError).toBe(0);
  });

  it('for bands of rows: a plane so large that one filter would not stay in the cache', async () => {
    const net = new Net(one, 48);
    const y = net.conv(net.conv('images', [one, one, 3, 3]), [3 * one, one, 3, 3], { stride: 2 });
    const result = await compareLayouts(net.finish(net.op('GlobalAveragePool', [y])), [blockSize, one, 48, 48]);
    expect(result.worstError).toBeLessThan(rounding);
  });
});
