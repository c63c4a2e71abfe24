import { describe, expect, it } from 'vitest';
import { float, floats, type AttributeValue } from '../onnx/attributes';
import { GraphBuilder } from '../onnx/graphBuilder';
import { Model } from '../onnx/model';
import { Session } from '../runtime/session';
import { Random } from '../tensor/random';
import { float32, int64, sizeOf, type Tensor } from '../tensor/tensor';
import { UnsupportedOperatorError, UnsupportedOpsetError } from './errors';
import { upgradeToBuildOpset } from './upgrade';

type Attributes = Readonly<Record<string, AttributeValue>>;

interface Old {
  readonly opset: number;
  readonly operator: string;
  readonly dims: readonly number[];
  readonly attributes?: Attributes;
  /** Inputs after the first. */
  readonly constants?: readonly Tensor[];
  readonly results?: number;
}

const spread = (size: number): Tensor =>
  float32(
    [size],
    Array.from({ length: size }, (_, i) => 0.5 + i / 3),
  );

const cases: readonly Old[] = [
  { opset: 7, operator: 'Clip', dims: [2, 5], attributes: { min: float(-0.5), max: float(0.25) } },
  { opset: 10, operator: 'Clip', dims: [2, 5], attributes: { min: float(0) } },
  { opset: 11, operator: 'Clip', dims: [2, 5], constants: [float32([], [-0.5]), float32([], [0.5])] },
  { opset: 7, operator: 'Dropout', dims: [4], attributes: { ratio: float(0.7) } },
  { opset: 10, operator: 'Dropout', dims: [4], attributes: { ratio: float(0.7) } },
  { opset: 12, operator: 'Dropout', dims: [4], constants: [float32([], [0.7])] },
  { opset: 7, operator: 'Squeeze', dims: [2, 1, 3, 1], attributes: { axes: [1, 3] } },
  { opset: 12, operator: 'Squeeze', dims: [2, 1, 3, 1] },
  { opset: 11, operator: 'Unsqueeze', dims: [2, 3], attributes: { axes: [0, 3] } },
  { opset: 13, operator: 'Unsqueeze', dims: [2, 3], constants: [int64([1], [-1])] },
  { opset: 9, operator: 'ReduceSum', dims: [2, 3, 4], attributes: { axes: [0, 2], keepdims: 0 } },
  { opset: 12, operator: 'ReduceSum', dims: [2, 3, 4] },
  { opset: 13, operator: 'ReduceSum', dims: [2, 3], constants: [int64([1], [0])] },
  ...[
    'ReduceMean',
    'ReduceMax',
    'ReduceMin',
    'ReduceProd',
    'ReduceL1',
    'ReduceL2',
    'ReduceSumSquare',
    'ReduceLogSumExp',
  ].map((operator): Old => ({ opset: 13, operator, dims: [2, 3, 4], attributes: { axes: [-1, 0], keepdims: 1 } })),
  { opset: 11, operator: 'Split', dims: [2, 6], attributes: { axis: 1, split: [1, 5] }, results: 2 },
  { opset: 11, operator: 'Split', dims: [2, 6], attributes: { axis: 1 }, results: 3 },
  { opset: 13, operator: 'Split', dims: [6, 2], results: 2 },
  { opset: 10, operator: 'Pad', dims: [2, 3], attributes: { pads: [0, 1, 2, 0], value: float(1.5) } },
  { opset: 9, operator: 'Pad', dims: [4, 3], attributes: { pads: [1, 1, 2, 0], mode: 'reflect' } },
  { opset: 9, operator: 'Slice', dims: [4, 5], attributes: { starts: [1, -3], ends: [9, -1], axes: [0, 1] } },
  { opset: 9, operator: 'Slice', dims: [4, 5], attributes: { starts: [1], ends: [3] } },
  { opset: 9, operator: 'TopK', dims: [2, 5], attributes: { k: 2 }, results: 2 },
  { opset: 7, operator: 'Upsample', dims: [1, 2, 3, 2], attributes: { scales: floats([1, 1, 2, 3]), mode: 'nearest' } },
  { opset: 9, operator: 'Upsample', dims: [1, 2, 3, 2], constants: [float32([4], [1, 1, 2, 2])] },
  {
    opset: 9,
    operator: 'Upsample',
    dims: [1, 2, 3, 2],
    attributes: { mode: 'linear' },
    constants: [float32([4], [1, 1, 2, 2])],
  },
  { opset: 10, operator: 'Resize', dims: [1, 1, 5, 4], constants: [float32([4], [1, 1, 1.5, 2])] },
  { opset: 10, operator: 'Resize', dims: [1, 1, 6, 5], constants: [float32([4], [1, 1, 0.5, 0.6])] },
  {
    opset: 10,
    operator: 'Resize',
    dims: [1, 1, 4, 5],
    attributes: { mode: 'linear' },
    constants: [float32([4], [1, 1, 2, 1.5])],
  },
  {
    opset: 11,
    operator: 'Resize',
    dims: [1, 1, 3, 3],
    attributes: { mode: 'linear', coordinate_transformation_mode: 'align_corners' },
    constants: [float32([0]), float32([0]), int64([4], [1, 1, 5, 7])],
  },
  { opset: 11, operator: 'Resize', dims: [1, 1, 3, 3], constants: [float32([0]), float32([4], [1, 1, 2, 2])] },
  { opset: 19, operator: 'Resize', dims: [1, 1, 3, 3], constants: [float32([0]), float32([4], [1, 1, 2, 2])] },
  ...[7, 11].flatMap((opset) =>
    ['Softmax', 'LogSoftmax', 'Hardmax'].flatMap((operator): Old[] => [
      { opset, operator, dims: [2, 3, 4] },
      { opset, operator, dims: [2, 3, 4], attributes: { axis: 2 } },
      { opset, operator, dims: [2, 3, 4], attributes: { axis: 0 } },
    ]),
  ),
  { opset: 12, operator: 'Softmax', dims: [2, 3, 4], attributes: { axis: -1 } },
  { opset: 13, operator: 'Softmax', dims: [2, 3, 4], attributes: { axis: 1 } },
  { opset: 13, operator: 'Softmax', dims: [2, 3, 4] },
  ...[7, 9, 13, 14, 15].map((opset): Old => ({
    opset,
    operator: 'BatchNormalization',
    dims: [2, 3, 4, 4],
    attributes: { epsilon: float(0.01), momentum: float(0.8) },
    constants: [spread(3), spread(3), spread(3), spread(3)],
  })),
  {
    opset: 18,
    operator: 'GroupNormalization',
    dims: [2, 4, 3, 3],
    attributes: { num_groups: 2 },
    constants: [spread(2), spread(2)],
  },
  {
    opset: 21,
    operator: 'GroupNormalization',
    dims: [2, 4, 3, 3],
    attributes: { num_groups: 2 },
    constants: [spread(4), spread(4)],
  },
  { opset: 20, operator: 'Gelu', dims: [3, 4] },
  { opset: 20, operator: 'Gelu', dims: [3, 4], attributes: { approximate: 'tanh' } },
  { opset: 19, operator: 'AveragePool', dims: [1, 2, 5, 5], attributes: { kernel_shape: [2, 2], dilations: [1, 1] } },
  { opset: 21, operator: 'Cast', dims: [3], attributes: { to: 1, saturate: 1 } },
  { opset: 21, operator: 'Reshape', dims: [2, 6], constants: [int64([2], [3, -1])] },
  {
    opset: 21,
    operator: 'Conv',
    dims: [1, 1, 4, 4],
    attributes: { pads: [1, 1, 1, 1] },
    constants: [
      float32(
        [2, 1, 3, 3],
        Array.from({ length: 18 }, (_, i) => i - 9),
      ),
    ],
  },
  { opset: 7, operator: 'Gemm', dims: [2, 3], constants: [float32([3, 2], [1, 2, 3, 4, 5, 6]), float32([2], [1, 2])] },
];

/** What the build operator set has no words for. */
const refused: readonly Old[] = [
  { opset: 19, operator: 'AveragePool', dims: [1, 1, 5], attributes: { kernel_shape: [2], dilations: [2] } },
  {
    opset: 19,
    operator: 'Resize',
    dims: [1, 1, 3],
    attributes: { coordinate_transformation_mode: 'half_pixel_symmetric' },
  },
  { opset: 19, operator: 'Pad', dims: [3], attributes: { mode: 'wrap' } },
  { opset: 23, operator: 'Attention', dims: [1, 1, 3] },
];

function modelOf({ opset, operator, dims, attributes, constants = [], results = 1 }: Old): Model {
  const builder = new GraphBuilder(Model.empty('old', { '': opset }), 'old');
  builder.input('x', 'float32', dims);
  const inputs = ['x', ...constants.map((constant) => builder.constant(constant))];
  const outputs = Array.from({ length: results }, (_, i) => `y${i}`);
  builder.ops(results, operator, inputs, attributes, { outputs, name: 'node' });
  for (const output of outputs) builder.output(output, 'float32', undefined);
  for (const info of builder.model.graph.proto.output) info.type = undefined;
  return builder.model;
}

async function results(model: Model, x: Tensor): Promise<Record<string, Tensor>> {
  const session = await Session.create(model, { optimization: 'disabled' });
  try {
    return await session.run({ x });
  } finally {
    await session.dispose();
  }
}

describe('upgradeToBuildOpset', () => {
  it.each(
    cases.map(
      (old) =>
        [`${old.operator} of operator set ${old.opset}, ${Object.keys(old.attributes ?? {}).join(' ')}`, old] as const,
    ),
  )('keeps what %s computes', async (_, old) => {
    const random = Random.of(7);
    const x = float32(
      old.dims,
      Array.from({ length: sizeOf(old.dims) }, () => random.normal()),
    );
    const model = modelOf(old);
    const upgraded = upgradeToBuildOpset(model);
    expect(upgraded.opset()).toBe(18);
    expect(model.opset()).toBe(old.opset);
    const before = await results(model, x);
    const after = await results(upgraded, x);
    expect(Object.keys(after)).toEqual(Object.keys(before));
    for (const [name, { dims, data }] of Object.entries(before)) {
      expect(after[name].dims).toEqual(dims);
      // Gelu's two kernels round differently.
      Array.from(data, Number).forEach((value, i) => expect(Number(after[name].data[i])).toBeCloseTo(value, 5));
    }
  });

  it('upgrades what stands in a subgraph', async () => {
    const builder = new GraphBuilder(Model.empty('old', { '': 11 }), 'old');
    builder.input('x', 'float32', [2, 3]);
    const branch = (attribute: Attributes, output: string): Model => {
      const inner = new GraphBuilder(Model.empty(output, { '': 11 }), output);
      inner.op('Unsqueeze', ['x'], attribute, { outputs: [output] });
      inner.output(output, 'float32', undefined);
      return inner.model;
    };
    const condition = builder.constant({ type: 'bool', dims: [], data: Uint8Array.of(1) });
    const then = { graph: branch({ axes: [0] }, 'a').graph.proto };
    builder.op(
      'If',
      [condition],
      { then_branch: then, else_branch: { graph: branch({ axes: [1] }, 'b').graph.proto } },
      { outputs: ['y'] },
    );
    builder.output('y', 'float32', undefined);
    for (const info of builder.model.graph.proto.output) info.type = undefined;
    const x = float32([2, 3], [1, 2, 3, 4, 5, 6]);
    const { y } = await results(upgradeToBuildOpset(builder.model), x);
    expect(y.dims).toEqual([1, 2, 3]);
  });

  it('drops statistics that training-time BatchNormalization of old operator sets put out', () => {
    const old = cases.find(({ operator, opset }) => operator === 'BatchNormalization' && opset === 9)!;
    const model = modelOf(old);
    model.graph.nodes[0].output.push('mean', 'variance', '', '');
    expect(upgradeToBuildOpset(model).graph.nodes[0].output).toEqual(['y0']);
  });

  it.each(refused)('names the node that operator set 18 has no words for: $operator', (old) => {
    const upgrade = (): Model => upgradeToBuildOpset(modelOf(old));
    expect(upgrade).toThrow(UnsupportedOperatorError);
    expect(upgrade).toThrow(new RegExp(`Node node.*${old.operator}`));
  });

  it('refuses operator sets whose operators broadcast otherwise', () => {
    expect(() => upgradeToBuildOpset(modelOf({ opset: 6, operator: 'Relu', dims: [1] }))).toThrow(
      UnsupportedOpsetError,
    );
  });
});
