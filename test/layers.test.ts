import { describe, expect, it } from 'vitest';
import { sharedPath } from './support/sharedData';
import { inferShapes } from '../src/runtime/shapes';
import { float32, sizeOf, type Tensor } from '../src/tensor/tensor';
import { makeNode, makeValueInfo, type Dim } from '../src/onnx/graph';
import type { AttributeValue } from '../src/onnx/attributes';
import { layerNode, layersOf, modelTotals, type Layer } from '../src/onnx/layers';
import { Model } from '../src/onnx/model';
import { readModel } from '../src/onnx/read';

interface NodeSpec {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  readonly name?: string;
}

/** A model with one input `x`; each node's output is named by its place: `y0`, `y1`, ... */
function chain(dims: readonly Dim[], weights: Readonly<Record<string, Tensor>>, nodes: readonly NodeSpec[]): Model {
  const model = Model.empty('chain', { '': 18 });
  model.graph.proto.input.push(makeValueInfo('x', 'float32', dims));
  for (const [name, tensor] of Object.entries(weights)) model.graph.setWeight(name, tensor);
  model.graph.insert(
    nodes.map(({ op, inputs, attributes, name }, i) => makeNode(op, inputs, [`y${i}`], attributes, { name })),
  );
  model.graph.proto.output.push(makeValueInfo(`y${nodes.length - 1}`, 'float32', undefined));
  return model;
}

async function layers(model: Model, inputDims?: Record<string, number[]>): Promise<Layer[]> {
  return layersOf(model, await inferShapes(model, inputDims));
}

const zeros = (...dims: number[]): Tensor => float32(dims);

describe('layersOf', () => {
  it('counts a convolution with groups, stride and bias for one sample of a larger batch', async () => {
    const model = chain([8, 6, 10, 12], { w: zeros(4, 3, 3, 5), b: zeros(4) }, [
      { op: 'Conv', inputs: ['x', 'w', 'b'], attributes: { group: 2, strides: [2, 1] }, name: 'conv' },
    ]);
    const [layer] = await layers(model);
    expect(layer).toMatchObject({
      name: 'conv',
      op: 'Conv',
      weight: 'w',
      bias: 'b',
      weightDims: [4, 3, 3, 5],
      inputDims: [1, 6, 10, 12],
      outputDims: [1, 4, 4, 8],
      macs: 4 * 4 * 8 * 3 * 15,
      params: 4 * 3 * 15 + 4,
      bytes: 4 * (4 * 3 * 15 + 4),
      openSizes: [],
    });
  });

  it('counts a transposed convolution by its input', async () => {
    const model = chain(['N', 6, 5, 5], { w: zeros(6, 4, 2, 2) }, [
      { op: 'ConvTranspose', inputs: ['x', 'w'], attributes: { strides: [2, 2] } },
    ]);
    const [layer] = await layers(model);
    expect(layer).toMatchObject({ name: 'y0', outputDims: [1, 4, 10, 10], macs: 6 * 25 * 4 * 4, openSizes: [] });
  });

  it('counts Gemm and MatMul with the weight on either side, transposed or not, directly or on the way', async () => {
    const cases: [Dim[], NodeSpec[], number[], number][] = [
      [['N', 5], [{ op: 'Gemm', inputs: ['x', 'w'] }], [5, 7], 35],
      [['N', 5], [{ op: 'Gemm', inputs: ['x', 'w'], attributes: { transB: 1 } }], [7, 5], 35],
      [[5, 'N'], [{ op: 'Gemm', inputs: ['x', 'w'], attributes: { transA: 1 } }], [5, 7], 35],
      [[5, 3], [{ op: 'Gemm', inputs: ['w', 'x'] }], [7, 5], 105],
      [['N', 4, 5], [{ op: 'MatMul', inputs: ['x', 'w'] }], [5, 7], 4 * 35],
      [['N', 5, 4], [{ op: 'MatMul', inputs: ['w', 'x'] }], [7, 5], 4 * 35],
      [[5, 4], [{ op: 'MatMul', inputs: ['w', 'x'] }], [7, 5], 4 * 35],
      [['N', 4, 5], [{ op: 'MatMul', inputs: ['x', 'w'] }], [5], 4 * 5],
    ];
    for (const [dims, nodes, weight, macs] of cases) {
      const [layer] = await layers(chain(dims, { w: zeros(...weight) }, nodes));
      expect(layer).toMatchObject({ weight: 'w', macs, params: sizeOf(weight), openSizes: [] });
    }
    const transposed = chain(['N', 5], { w: zeros(7, 5) }, [
      { op: 'Transpose', inputs: ['w'] },
      { op: 'Identity', inputs: ['y0'] },
      { op: 'MatMul', inputs: ['x', 'y1'] },
    ]);
    expect(await layers(transposed)).toMatchObject([{ weight: 'w', weightDims: [7, 5], macs: 35, params: 35 }]);
  });

  it('leaves out products of two computed values', async () => {
    const model = chain(['N', 4, 4], {}, [{ op: 'MatMul', inputs: ['x', 'x'] }]);
    expect(await layers(model)).toEqual([]);
  });

  it('gives every layer a name of its own and finds its node in a copy', () => {
    const model = chain(['N', 4, 4, 4], { w: zeros(4, 4, 1, 1) }, [
      { op: 'Conv', inputs: ['x', 'w'], name: 'same' },
      { op: 'Conv', inputs: ['y0', 'w'], name: 'same' },
      { op: 'Conv', inputs: ['y1', 'w'] },
    ]);
    const names = layersOf(model, new Map()).map((layer) => layer.name);
    expect(names).toEqual(['same', 'same:y1', 'y2']);
    expect(layerNode(model.clone(), 'same:y1').output).toEqual(['y1']);
    expect(() => layerNode(model, 'other')).toThrow('no layer other');
  });

  it('names the sizes it does not know and counts them once they are given', async () => {
    const model = chain(['N', 3, 'H', 'W'], { w: zeros(4, 3, 1, 1) }, [{ op: 'Conv', inputs: ['x', 'w'] }]);
    const [open] = await layers(model);
    expect(open.macs).toBe(12);
    expect(open.openSizes.length).toBeGreaterThan(0);
    const [settled] = await layers(model, { x: [2, 3, 5, 6] });
    expect(settled).toMatchObject({ macs: 12 * 30, openSizes: [], inputDims: [1, 3, 5, 6] });
  });
});

describe('modelTotals', () => {
  it('counts what training changes: no running statistics, no scalars, no constants that steer', async () => {
    const model = chain(
      ['N', 4, 4, 4],
      {
        w: zeros(6, 4, 1, 1),
        b: zeros(6),
        scale: zeros(6),
        shift: zeros(6),
        mean: zeros(6),
        variance: zeros(6),
        half: zeros(),
        scales: float32([4], [1, 1, 2, 2]),
        table: zeros(6, 1, 1),
      },
      [
        { op: 'Conv', inputs: ['x', 'w', 'b'] },
        { op: 'BatchNormalization', inputs: ['y0', 'scale', 'shift', 'mean', 'variance'] },
        { op: 'Mul', inputs: ['y1', 'half'] },
        { op: 'Add', inputs: ['y2', 'table'] },
        { op: 'Resize', inputs: ['y3', '', 'scales'] },
      ],
    );
    const totals = modelTotals(model, await layers(model));
    expect(totals).toEqual({ macs: 24 * 16, params: 24 + 6 + 6 + 6 + 6, bytes: 4 * (24 + 5 * 6 + 1 + 4 + 6) });
  });
});

// The published figures are those of the networks as trained, with BatchNormalization. Folding replaces each channel's
// scale and bias by one bias: 688 parameters fewer in ResNet-20, 2,032 in ResNet-56.
const published = [
  { file: 'resnet20_cifar10_bn.onnx', macs: 40.55, params: 269_722, layers: 20 },
  { file: 'resnet20_cifar10.onnx', macs: 40.55, params: 269_722 - 688, layers: 20 },
  { file: 'resnet56_cifar10_bn.onnx', macs: 125.49, params: 853_018, layers: 56 },
  { file: 'resnet56_cifar10.onnx', macs: 125.49, params: 853_018 - 2032, layers: 56 },
];

for (const { file, ...expected } of published) {
  const path = sharedPath('models', file);
  describe.skipIf(!path)(file, () => {
    it('has the published MACs and parameters', async () => {
      const model = readModel(path!);
      const found = await layers(model);
      const totals = modelTotals(model, found);
      expect(found).toHaveLength(expected.layers);
      expect(found.every((layer) => layer.openSizes.length === 0)).toBe(true);
      expect(totals.macs / 1e6).toBeCloseTo(expected.macs, 2);
      expect(totals.params).toBe(expected.params);
    });
  });
}
