import { createBlockedRules } from '../autodiff/blocked/rules';
import { kernelDomain } from '../autodiff/blocked/operators';
import { toBlockedLayout } from '../autodiff/blocked/toBlockedLayout';
import { differentiate } from '../autodiff/differentiate';
import { createStandardRules } from '../autodiff/ruleTable';
import { buildOpset, GraphBuilder } from '../onnx/graphBuilder';
import { Model } from '../onnx/model';
import { RuntimeError } from '../runtime/errors';
import { fixShapes } from '../runtime/fixShapes';
import { Session } from '../runtime/session';
import { toFloat32 } from '../tensor/convert';
import { Random } from '../tensor/random';
import { float32, sizeOf, type Tensor } from '../tensor/tensor';

export interface BlockedBackend {
  /** Channels in a block of this machine's kernels. */
  readonly blockSize: number;
}

/** Global relative error that float32 explains; a wrong layout gives errors around 1. */
const tolerance = 1e-4;

type Finding = BlockedBackend | { readonly absent: string };

let found: Promise<Finding> | undefined;

/**
 * Whether training may use the blocked layout on this machine. The runtime's kernels for it are internal to the runtime,
 * so a small network is differentiated with them once per process and compared with standard operators; `absent` says why
 * they cannot be used: the runtime lacks them, or they give other gradients.
 */
export function findBlockedBackend(): Promise<Finding> {
  return (found ??= testBackend());
}

/** The blocked backend where it can be used. */
export async function blockedBackendAvailable(): Promise<BlockedBackend | undefined> {
  const finding = await findBlockedBackend();
  return 'absent' in finding ? undefined : finding;
}

async function testBackend(): Promise<Finding> {
  try {
    const blockSize = await kernelBlockSize();
    const error = relativeError(await gradients(blockSize, true), await gradients(blockSize, false));
    if (error < tolerance) return { blockSize };
    return {
      absent: `gradients in blocks of ${blockSize} differ from those of standard operators by ${error.toPrecision(2)}`,
    };
  } catch (error) {
    // Another version of the runtime may lack the kernels or check their arguments differently.
    if (RuntimeError.is(error)) return { absent: error.message };
    throw error;
  }
}

/** Channels in a block of the kernels of this machine: the reordering kernel fills four channels up to one block. */
export async function kernelBlockSize(): Promise<number> {
  const builder = new GraphBuilder();
  const x = builder.input('x', 'float32', [1, 4, 1, 1]);
  builder.output('y', 'float32', undefined, builder.op('ReorderInput', [x], {}, { domain: kernelDomain }));
  const session = await Session.create(builder.model, { optimization: 'disabled' });
  try {
    const { y } = await session.run({ x: float32([1, 4, 1, 1]) });
    return y.dims[1];
  } finally {
    await session.dispose();
  }
}

/** Gradients of a small network that goes through every kind of blocked operator. */
async function gradients(blockSize: number, blocked: boolean): Promise<Float32Array[]> {
  const network = testNetwork(blockSize);
  const { model, shapes } = await fixShapes(network.model);
  const parameters = [...network.parameters];
  const source = blocked
    ? toBlockedLayout(model.graph, shapes, { batch: blockSize, blockSize })
    : { graph: model.graph, shapes };
  if (blocked && source.graph === model.graph) throw new Error('The self-test of the blocked layout was declined.');
  const builder = new GraphBuilder(Model.empty('self-test', { '': buildOpset }), 'step');
  builder.input('images', 'float32', imageDims(blockSize));
  for (const name of parameters) builder.constant(toFloat32(model.graph.weights.get(name)!.tensor()), name);
  const derivatives = differentiate({
    ...source,
    loss: 'loss',
    parameters,
    builder,
    rules: new Map([...createStandardRules({ batchNorm: 'train' }), ...createBlockedRules({ batchNorm: 'train' })]),
  });
  const values = [...derivatives.gradients.values(), ...derivatives.updates.values()];
  for (const [i, value] of values.entries()) builder.output(`result${i}`, 'float32', undefined, value);
  const session = await Session.create(builder.model, { optimization: 'basic' });
  try {
    const random = Random.of('images');
    const images = float32(imageDims(blockSize));
    for (let i = 0; i < images.data.length; i++) images.data[i] = random.normal();
    const results = await session.run({ images });
    return values.map((_, i) => toFloat32(results[`result${i}`]).data);
  } finally {
    await session.dispose();
  }
}

/** A block of images, large enough that weight gradients are computed by bands of rows. */
const imageDims = (blockSize: number): number[] => [blockSize, 3, 32, 32];

function testNetwork(blockSize: number): { readonly model: Model; readonly parameters: ReadonlySet<string> } {
  const builder = new GraphBuilder();
  const random = Random.of('blocked self-test');
  const parameters = new Set<string>();
  const drawn = (name: string, dims: readonly number[]): Tensor<Float32Array> => {
    const own = random.split(name);
    return float32(
      dims,
      Float32Array.from({ length: sizeOf(dims) }, () => own.normal()),
    );
  };
  const parameter = (name: string, dims: readonly number[]): string => {
    parameters.add(name);
    return builder.constant(drawn(name, dims), name);
  };
  const convolution = (x: string, name: string, dims: readonly number[], stride: number): string => {
    const pad = dims[2] >> 1;
    const attributes = { kernel_shape: dims.slice(2), pads: [pad, pad, pad, pad], strides: [stride, stride] };
    return builder.op('Conv', [x, parameter(name, dims)], attributes);
  };
  const normalization = (x: string, name: string, channels: number): string => {
    const affine = [parameter(`${name}.scale`, [channels]), parameter(`${name}.bias`, [channels])];
    const statistics = ['mean', 'variance'].map((which) =>
      builder.constant(float32([channels], new Float32Array(channels).fill(1)), `${name}.${which}`),
    );
    return builder.op('BatchNormalization', [x, ...affine, ...statistics]);
  };
  // One block of channels, then one and a half.
  const [narrow, wide] = [blockSize, blockSize * 1.5];
  const images = builder.input('images', 'float32', imageDims(blockSize));
  const stem = builder.op('Relu', [normalization(convolution(images, 'stem', [narrow, 3, 3, 3], 1), 'norm0', narrow)]);
  const inner = normalization(convolution(stem, 'inner', [narrow, narrow, 3, 3], 1), 'norm1', narrow);
  const sum = builder.op('Relu', [builder.op('Add', [inner, stem])]);
  const halved = convolution(sum, 'strided', [wide, narrow, 3, 3], 2);
  const pooled = builder.op('MaxPool', [convolution(halved, 'pointwise', [wide, wide, 1, 1], 1)], {
    kernel_shape: [2, 2],
    strides: [2, 2],
  });
  const mean = builder.op('GlobalAveragePool', [pooled]);
  const square = builder.op('Mul', [mean, mean]);
  builder.output('loss', 'float32', [], builder.op('ReduceSum', [square], { keepdims: 0 }));
  return { model: builder.model, parameters };
}

function relativeError(actual: readonly Float32Array[], expected: readonly Float32Array[]): number {
  let difference = 0;
  let size = 0;
  for (const [i, values] of expected.entries()) {
    for (const [j, value] of values.entries()) {
      difference += (actual[i][j] - value) ** 2;
      size += value ** 2;
    }
  }
  return Math.sqrt(difference / size);
}
