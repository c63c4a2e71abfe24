import { buildOpset, GraphBuilder } from '../../../onnx/graphBuilder';
import { Model } from '../../../onnx/model';
import { fixShapes } from '../../../runtime/fixShapes';
import { Session } from '../../../runtime/session';
import { toFloat32 } from '../../../tensor/convert';
import { Random } from '../../../tensor/random';
import { float32, sizeOf, type Tensor } from '../../../tensor/tensor';
import { kernelBlockSize } from '../../../training/backend';
import { differentiate } from '../../differentiate';
import { createStandardRules } from '../../ruleTable';
import type { NormalizationOptions } from '../../rules/normalization';
import { blockedDomain } from '../operators';
import { createBlockedRules } from '../rules';
import { toBlockedLayout } from '../toBlockedLayout';

export interface Comparison {
  /** Operators of the rewritten graph, those of the blocked domain with a `*` before them. */
  readonly operators: readonly string[];
  /** Relative L2 error of the gradients against those of standard operators, all parameters together. */
  readonly gradientError: number;
  /** The largest relative L2 error of one parameter's gradient. */
  readonly worstError: number;
  /** The same for the running statistics after the step; 0 where there are none. */
  readonly statisticsError: number;
}

/**
 * Errors are relative to the value or to this share of the mean one, whichever is larger: some gradients vanish (of a bias
 * before a normalisation) and are nothing but rounding.
 */
const leastSize = 1e-2;

/** Blocks of this machine's kernels; the tests size their networks by it. */
export const blockSize = await kernelBlockSize();

export function randomTensor(label: string, dims: readonly number[], scale = 1): Tensor<Float32Array> {
  const random = Random.of(label);
  return float32(
    dims,
    Float32Array.from({ length: sizeOf(dims) }, () => scale * random.normal()),
  );
}

/**
 * Differentiates a model once with standard operators and once in the blocked layout.
 * @param model its outputs are summed up, each weighted by random numbers, to a loss
 * @param input dimensions of its only input, with whole blocks of images
 */
export async function compareLayouts(
  model: Model,
  input: readonly number[],
  { batchNorm }: NormalizationOptions = { batchNorm: 'train' },
): Promise<Comparison> {
  const name = model.graph.inputs[0].name;
  const images = randomTensor('images', input);
  const { model: fixed, shapes } = await fixShapes(withLoss(model, input[0]), { [name]: input });
  const running = new Set(
    fixed.graph.nodes.filter((node) => node.opType === 'BatchNormalization').flatMap((node) => node.input.slice(3)),
  );
  const parameters = [...fixed.graph.weights]
    .filter(([weight, { elementType }]) => elementType === 'float32' && !running.has(weight) && !weight.includes(':'))
    .map(([weight]) => weight);
  const results: Map<string, Float32Array>[] = [];
  let operators: string[] = [];
  for (const blocked of [false, true]) {
    const source = blocked
      ? toBlockedLayout(fixed.graph, shapes, { batch: input[0], blockSize })
      : { graph: fixed.graph, shapes };
    operators = source.graph.nodes.map((node) => (node.domain === blockedDomain ? '*' : '') + node.opType);
    const builder = new GraphBuilder(Model.empty('step', { '': buildOpset }), 'step');
    builder.input(name, 'float32', input);
    for (const weight of parameters) builder.constant(toFloat32(fixed.graph.weights.get(weight)!.tensor()), weight);
    const rules = new Map([...createStandardRules({ batchNorm }), ...createBlockedRules({ batchNorm })]);
    const { gradients, updates } = differentiate({ ...source, loss: 'test:loss', parameters, builder, rules });
    for (const [weight, value] of gradients) builder.output(`gradient/${weight}`, 'float32', undefined, value);
    for (const [weight, value] of updates) builder.output(`statistic/${weight}`, 'float32', undefined, value);
    const session = await Session.create(builder.model, { optimization: 'basic' });
    const outputs = await session.run({ [name]: images });
    results.push(new Map(Object.entries(outputs).map(([key, tensor]) => [key, toFloat32(tensor).data])));
    await session.dispose();
  }
  const [expected, actual] = results;
  const compare = (prefix: string): { total: number; worst: number } => {
    const parts = [...expected].filter(([key]) => key.startsWith(prefix));
    const squares = parts.map(([key, values]) => squaredError(actual.get(key), values));
    const size = sum(squares.map((part) => part.size));
    const least = leastSize ** 2 * (size / squares.length);
    return {
      total: Math.sqrt(sum(squares.map((part) => part.error)) / size),
      worst: Math.max(0, ...squares.map((part) => Math.sqrt(part.error / Math.max(part.size, least)))),
    };
  };
  const gradient = compare('gradient/');
  return {
    operators,
    gradientError: gradient.total,
    worstError: gradient.worst,
    statisticsError: compare('statistic/').worst,
  };
}

function withLoss(source: Model, images: number): Model {
  const model = source.clone();
  const builder = new GraphBuilder(model, 'test');
  const terms = model.graph.outputs.map(({ name }) => {
    const rows = builder.op('Reshape', [name, builder.ints([images, -1])]);
    // Random factors, but the same for any number of columns: a loss that treats all results alike hides mistakes.
    const factors = builder.constant(randomTensor(`factors of ${name}`, [images, 1]));
    return builder.op('ReduceSum', [builder.op('Mul', [builder.op('Mul', [rows, rows]), factors])], { keepdims: 0 });
  });
  builder.op('Sum', terms, {}, { outputs: ['test:loss'] });
  model.graph.proto.output = [];
  builder.output('test:loss', 'float32', []);
  return model;
}

function squaredError(
  actual: Float32Array | undefined,
  expected: Float32Array,
): { readonly error: number; readonly size: number } {
  if (actual?.length !== expected.length) return { error: Infinity, size: 1 };
  return {
    error: sum(Array.from(expected, (value, i) => (actual[i] - value) ** 2)),
    size: sum(Array.from(expected, (value) => value ** 2)),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
