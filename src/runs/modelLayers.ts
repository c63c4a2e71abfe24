import type { InputDims } from '../hardware/randomInputs';
import { statusOf } from '../methods/registry';
import type { LayerStatus } from '../methods/shared/site';
import { layersOf, type Layer, type LayerValue } from '../onnx/layers';
import type { Model } from '../onnx/model';
import { settledShapes } from '../runtime/fixShapes';
import { inferShapes } from '../runtime/shapes';

export interface ModelLayers {
  readonly shapes: ReadonlyMap<string, LayerValue>;
  readonly layers: readonly Layer[];
  readonly statuses: readonly LayerStatus[];
}

/**
 * Layers of a model, what they cost and whether they can be compressed.
 * @param inputDims sizes for inputs whose declared sizes are open, by input name
 * Throws a RuntimeError when the runtime does not accept the model.
 */
export async function modelLayers(model: Model, inputDims: InputDims = {}): Promise<ModelLayers> {
  const inferred = await inferShapes(model, inputDims);
  const layers = layersOf(model, inferred);
  if (layers.every(({ openSizes }) => openSizes.length === 0)) return withStatuses(model, inferred, layers);
  const shapes = await forOneSample(model, inferred);
  return withStatuses(model, shapes, layersOf(model, shapes));
}

function withStatuses(model: Model, shapes: ReadonlyMap<string, LayerValue>, layers: Layer[]): ModelLayers {
  return { shapes, layers, statuses: statusOf(model, layers) };
}

/**
 * Exporters write reshapes whose sizes are calculated from that of the batch, and the runtime's inference loses track there.
 * Where nothing but the batch is open, those sizes are calculated for one sample.
 */
async function forOneSample(
  model: Model,
  inferred: ReadonlyMap<string, LayerValue>,
): Promise<ReadonlyMap<string, LayerValue>> {
  const dims: Record<string, readonly number[]> = {};
  for (const { name } of model.graph.inputs) {
    const sizes = inferred.get(name)?.dims.map((dim, axis) => (axis === 0 && typeof dim === 'string' ? 1 : dim));
    if (!sizes?.every((dim) => typeof dim === 'number')) return inferred;
    dims[name] = sizes;
  }
  return new Map([...inferred, ...(await settledShapes(model, dims))]);
}
