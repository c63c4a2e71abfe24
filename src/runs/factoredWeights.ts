import { hooi } from '../methods/tucker/hooi';
import { balanced } from '../methods/svd/svd';
import type { MethodId } from '../methods/shared/site';
import type { Checkpoint, CheckpointTensor } from '../source/checkpoints/checkpoint';
import { CheckpointFileError } from '../source/checkpoints/errors';
import type { TensorToWrite } from '../source/checkpoints/writeSafetensors';
import { castTo, toFloat64 } from '../tensor/convert';
import { leadingColumns, matrix, transpose } from '../tensor/matrix';
import type { Products } from '../tensor/products';
import { reshape, sizeOf, type ElementType, type Tensor } from '../tensor/tensor';
import { layoutOf, type WeightLayout } from './weightLayout';
import { stateNames } from './stateNames';

/** A layer of a model's code that is to become factors. */
export interface FactoredLayer {
  /** Its name in the model's state: `layer1.0.conv1`. */
  readonly path: string;
  readonly method: MethodId;
  readonly rank: number;
}

/**
 * Weights of layers, by path, as the plan's ONNX model has them, `[O, I, ...k]`: those of the checkpoint, or these with each
 * output channel multiplied by a factor where an exporter has folded a BatchNorm into them.
 */
export type PlannedWeights = ReadonlyMap<string, Tensor<Float64Array>>;

/**
 * The state of a rewritten model, made from the state of the original: each layer listed becomes the weights of its two or
 * three parts (`layer1.0.conv1.0.weight`, `.1.weight`, `.2.weight`, `.2.bias`), fitted as `applyPlan` fits them in an ONNX
 * model; all other tensors stay, and stay in the file until they are written. Prefixes of wrappers such as DataParallel's
 * `module.` are left away. The layers must be without groups, which the weights alone do not tell.
 *
 * Where the weights of the plan's model are given, these are fitted, and the factors of a BatchNorm are taken out of the last
 * part again: the rewritten code, with its BatchNorm, then computes what the ONNX model of the plan computes.
 *
 * Throws a CheckpointFileError that names the layer when the checkpoint does not fit.
 */
export async function factoredWeights(
  checkpoint: Checkpoint,
  layers: readonly FactoredLayer[],
  products: Products,
  planned: PlannedWeights = new Map(),
): Promise<TensorToWrite[]> {
  const layout = layoutOf(checkpoint.format);
  const names = stateNames(
    checkpoint,
    layers.map(({ path }) => path),
  );
  const byWeight = new Map(layers.map((layer) => [names.weight(layer.path), layer]));
  const byBias = new Map(layers.map((layer) => [names.bias(layer.path), layer]));
  const result: TensorToWrite[] = [];
  for (const tensor of checkpoint.tensors.values()) {
    const layer = byWeight.get(tensor.name);
    const bias = byBias.get(tensor.name);
    if (layer) result.push(...(await factored(tensor, layer, layout, products, planned.get(layer.path))));
    else if (bias) result.push({ ...writable(tensor), name: layout.part(bias.path, partsOf(bias) - 1, 'bias') });
    else result.push({ ...writable(tensor), name: names.short(tensor.name) });
  }
  return result;
}

function partsOf({ method }: FactoredLayer): number {
  return method === 'tucker' ? 3 : 2;
}

function writable({ name, dims, type, storedAs, read }: CheckpointTensor): TensorToWrite {
  if (type) return { name, dims, type, read };
  throw new CheckpointFileError(
    `${name} is stored as ${storedAs}, which can't be written.`,
    'Take it out of the checkpoint, or save it in float32.',
  );
}

/** The weights of a layer's parts, from the input to the output. */
async function factored(
  tensor: CheckpointTensor,
  { path, method, rank }: FactoredLayer,
  layout: WeightLayout,
  products: Products,
  planned: Tensor<Float64Array> | undefined,
): Promise<TensorToWrite[]> {
  const { type, dims } = writable(tensor);
  if (!type.includes('float'))
    throw misfit(path, `its weight is stored as ${type}`, 'Give the weights as they were before quantisation.');
  if (dims.length < 2) throw misfit(path, `its weight is ${dims.join('x')}`, 'Only layers with channels have factors.');
  const own = layout.read(toFloat64(tensor.read()));
  if (planned && planned.data.length !== own.data.length)
    throw misfit(path, 'the ONNX model has it in another size', 'Export the ONNX model from this checkpoint.');
  const weight = planned ? reshape(planned, own.dims) : own;
  const scales = planned && rowScales(path, own, weight);
  const [output, input, ...window] = weight.dims;
  const places = sizeOf(window);
  const full =
    method === 'tucker'
      ? Math.max(Math.min(output, input * places), Math.min(input, output * places))
      : Math.min(output, input);
  if (rank < 1 || rank > full)
    throw misfit(path, `rank ${rank} is not between 1 and ${full}`, 'The plan may be for another model.');
  if (method === 'svd' && places > 1)
    throw misfit(
      path,
      `its window is ${window.join('x')}`,
      'Use tucker for convolutions that reach over several places.',
    );
  const part = (index: number, values: Tensor<Float64Array>): TensorToWrite =>
    made(layout.part(path, index, 'weight'), layout.write(values), type);
  const ones = window.map(() => 1);
  if (method === 'svd') {
    const { u, v } = await balanced(matrix(output, input, weight.data), products);
    if (scales) divideRows(u, scales);
    return [
      part(0, reshape(transpose(leadingColumns(v, rank)), [rank, input, ...ones])),
      part(1, reshape(leadingColumns(u, rank), [output, rank, ...ones])),
    ];
  }
  const { u, core, v } = await hooi(weight, rank, products);
  if (scales) divideRows(u, scales);
  const [ro, ri] = core.dims;
  return [
    part(0, reshape(transpose(v), [ri, input, ...ones])),
    part(1, reshape(core, [ro, ri, ...window])),
    part(2, reshape(u, [output, ro, ...ones])),
  ];
}

/** Share of a weight's energy by which it may differ from a scaled one: what float32 leaves, many times over. */
const tolerance = 1e-8;

/** The factor of each output channel between two weights. Throws a CheckpointFileError when they differ by more than that. */
function rowScales(path: string, own: Tensor<Float64Array>, planned: Tensor<Float64Array>): Float64Array {
  const [rows] = own.dims;
  const columns = own.data.length / rows;
  const scales = new Float64Array(rows);
  let difference = 0;
  let energy = 0;
  for (let row = 0; row < rows; row++) {
    const a = own.data.subarray(row * columns, (row + 1) * columns);
    const b = planned.data.subarray(row * columns, (row + 1) * columns);
    const length = a.reduce((sum, value) => sum + value * value, 0);
    const scale = length > 0 ? a.reduce((sum, value, i) => sum + value * b[i], 0) / length : 1;
    scales[row] = scale;
    difference += b.reduce((sum, value, i) => sum + (value - scale * a[i]) ** 2, 0);
    energy += b.reduce((sum, value) => sum + value * value, 0);
  }
  if (difference > tolerance * energy)
    throw misfit(
      path,
      "the checkpoint's weight is not the ONNX model's",
      'Export the ONNX model from this checkpoint, or leave the model away.',
    );
  return scales;
}

/** Takes the factors of the rows out again; a channel that was multiplied by zero stays zero. */
function divideRows({ dims, data }: Tensor<Float64Array>, scales: Float64Array): void {
  const [, columns] = dims;
  for (let i = 0; i < data.length; i++) {
    const scale = scales[Math.floor(i / columns)];
    data[i] = scale === 0 ? 0 : data[i] / scale;
  }
}

function made(name: string, values: Tensor<Float64Array>, type: ElementType): TensorToWrite {
  const tensor = castTo(values, type);
  return { name, type, dims: tensor.dims, read: () => tensor };
}

function misfit(path: string, why: string, hint: string): CheckpointFileError {
  return new CheckpointFileError(`${path} can't be factored: ${why}.`, hint);
}
