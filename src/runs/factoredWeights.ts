import { hooi } from '../methods/tucker/hooi';
import { balanced } from '../methods/svd/svd';
import type { MethodId } from '../methods/shared/site';
import type { Checkpoint, CheckpointTensor } from '../source/checkpoints/checkpoint';
import { CheckpointError } from '../source/checkpoints/errors';
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
 * The state of a rewritten model, made from the state of the original: each layer listed becomes the weights of its two or
 * three parts (`layer1.0.conv1.0.weight`, `.1.weight`, `.2.weight`, `.2.bias`), fitted as `applyPlan` fits them in an ONNX
 * model; all other tensors stay, and stay in the file until they are written. Prefixes of wrappers such as DataParallel's
 * `module.` are left away. The layers must be without groups, which the weights alone do not tell.
 * Throws a CheckpointError that names the layer when the checkpoint does not fit.
 */
export async function factoredWeights(
  checkpoint: Checkpoint,
  layers: readonly FactoredLayer[],
  products: Products,
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
    if (layer) result.push(...(await factored(tensor, layer, layout, products)));
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
  throw new CheckpointError(
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
): Promise<TensorToWrite[]> {
  const { type, dims } = writable(tensor);
  if (!type.includes('float'))
    throw misfit(path, `its weight is stored as ${type}`, 'Give the weights as they were before quantisation.');
  if (dims.length < 2) throw misfit(path, `its weight is ${dims.join('x')}`, 'Only layers with channels have factors.');
  const weight = layout.read(toFloat64(tensor.read()));
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
    return [
      part(0, reshape(transpose(leadingColumns(v, rank)), [rank, input, ...ones])),
      part(1, reshape(leadingColumns(u, rank), [output, rank, ...ones])),
    ];
  }
  const { u, core, v } = await hooi(weight, rank, products);
  const [ro, ri] = core.dims;
  return [
    part(0, reshape(transpose(v), [ri, input, ...ones])),
    part(1, reshape(core, [ro, ri, ...window])),
    part(2, reshape(u, [output, ro, ...ones])),
  ];
}

function made(name: string, values: Tensor<Float64Array>, type: ElementType): TensorToWrite {
  const tensor = castTo(values, type);
  return { name, type, dims: tensor.dims, read: () => tensor };
}

function misfit(path: string, why: string, hint: string): CheckpointError {
  return new CheckpointError(`${path} can't be factored: ${why}.`, hint);
}
