import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../onnx/graphBuilder';
import { encodeModel } from '../../onnx/write';
import { fixShapes } from '../../runtime/fixShapes';
import { float32 } from '../../tensor/tensor';
import { resnet20 } from '../../training/networks/resnet';
import { blockedDomain } from './operators';
import { toBlockedLayout } from './toBlockedLayout';

/** Two convolutions of stride 1. */
function convolutions(channels: number, size: number): GraphBuilder {
  const builder = new GraphBuilder(undefined, 'net');
  let x = builder.input('images', 'float32', ['N', channels, size, size]);
  for (const name of ['first', 'second']) {
    const weights = builder.constant(float32([channels, channels, 3, 3]), name);
    x = builder.op('Conv', [x, weights], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] });
  }
  builder.output('result', 'float32', undefined, x);
  return builder;
}

async function rewritten(builder: GraphBuilder, input: readonly number[], blockSize = 16): Promise<string[]> {
  const { model, shapes } = await fixShapes(builder.model, { images: input });
  const result = toBlockedLayout(model.graph, shapes, { batch: input[0], blockSize });
  if (result.graph === model.graph) expect(result.shapes).toBe(shapes);
  return result.graph.nodes.map((node) => (node.domain === blockedDomain ? '*' : '') + node.opType);
}

describe('toBlockedLayout', () => {
  it('converts at the borders of what it rewrites, and not within', async () => {
    expect(await rewritten(convolutions(32, 16), [16, 32, 16, 16])).toEqual([
      '*ToBlocked',
      '*Conv',
      '*Conv',
      '*FromBlocked',
    ]);
  });

  it('declines a batch of broken blocks', async () => {
    expect(await rewritten(convolutions(32, 16), [24, 32, 16, 16])).toEqual(['Conv', 'Conv', 'Identity']);
    expect(await rewritten(convolutions(32, 16), [24, 32, 16, 16], 8)).toContain('*Conv');
  });

  it('declines channels that would be mostly filling', async () => {
    expect(await rewritten(convolutions(4, 16), [16, 4, 16, 16])).not.toContain('*Conv');
    expect(await rewritten(convolutions(4, 16), [8, 4, 16, 16], 8)).not.toContain('*Conv');
  });

  it('declines when conversions cost more than convolutions gain', async () => {
    const builder = new GraphBuilder(undefined, 'net');
    const x = builder.input('images', 'float32', ['N', 32, 8, 8]);
    const weights = builder.constant(float32([32, 32, 1, 1]), 'only');
    builder.output('result', 'float32', undefined, builder.op('Conv', [x, weights], { kernel_shape: [1, 1] }));
    expect(await rewritten(builder, [16, 32, 8, 8])).toEqual(['Conv', 'Identity']);
  });

  it('leaves the graph it is given, and the layout of its weights, as they are', async () => {
    const { model, shapes } = await fixShapes(resnet20(), { input: [16, 3, 32, 32] });
    const before = Buffer.from(encodeModel(model));
    const { graph } = toBlockedLayout(model.graph, shapes, { batch: 16, blockSize: 16 });
    expect(before.equals(encodeModel(model))).toBe(true);
    for (const [name, weight] of graph.weights) {
      if (name.endsWith('.weight')) expect(weight).toBe(model.graph.weights.get(name));
    }
    const left = graph.nodes.filter((node) => node.domain !== blockedDomain).map((node) => node.opType);
    expect(left).toEqual(['Flatten', 'Gemm']);
  });
});
