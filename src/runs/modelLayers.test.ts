import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../onnx/graphBuilder';
import type { Model } from '../onnx/model';
import { float32 } from '../tensor/tensor';
import { modelLayers } from './modelLayers';

/** Flattens as exporters with an open batch write it, by arithmetic that the runtime's inference does not follow. */
function classifier(dims: readonly (number | string)[]): Model {
  const builder = new GraphBuilder();
  const x = builder.input('x', 'float32', dims);
  const sizes = builder.op('Mod', [builder.op('Shape', [x]), builder.ints([1 << 20])]);
  const batch = builder.op('Slice', [sizes, builder.ints([0]), builder.ints([1])]);
  const target = builder.op('Concat', [batch, builder.ints([-1]), builder.ints([6])], { axis: 0 });
  const spread = builder.op('Reshape', [x, target]);
  builder.output(
    'y',
    'float32',
    undefined,
    builder.op('MatMul', [spread, builder.constant(float32([6, 5]), 'w')], {}, { name: 'product' }),
  );
  return builder.model;
}

describe('modelLayers', () => {
  it('counts behind sizes that are calculated from the batch', async () => {
    const { layers } = await modelLayers(classifier(['batch', 2, 3, 4]));
    expect(layers).toMatchObject([{ name: 'product', macs: 4 * 6 * 5, openSizes: [], inputDims: [1, 4, 6] }]);
  });

  it('counts for one sample where the batch is given', async () => {
    const { layers } = await modelLayers(classifier(['batch', 2, 3, 4]), { x: [7, 2, 3, 4] });
    expect(layers).toMatchObject([{ macs: 4 * 6 * 5, openSizes: [] }]);
  });

  it('names the sizes that stay open', async () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float32', ['batch', 'length', 6]);
    builder.output('y', 'float32', undefined, builder.op('MatMul', [x, builder.constant(float32([6, 5]), 'w')]));
    const { layers } = await modelLayers(builder.model);
    expect(layers).toMatchObject([{ macs: 6 * 5, openSizes: ['length'] }]);
  });
});
