import { layersOf, modelTotals, type Layer } from '../onnx/layers';
import type { Model } from '../onnx/model';
import { readModel } from '../onnx/read';
import { statusOf } from '../methods/registry';
import type { LayerStatus } from '../methods/shared/site';
import { trainingObstacle } from './compressionJob';
import { inferShapes } from '../runtime/shapes';
import type { ModelSummary } from '../protocol/messages';

/** What a model consists of: its layers, what each costs, and whether a method can act on it and why not. */
export interface Inspection {
  readonly model: Model;
  readonly layers: readonly Layer[];
  readonly statuses: readonly LayerStatus[];
}

/**
 * Reads a model's structure; no large weight is read and nothing runs.
 * @param inputDims sizes for inputs whose declared sizes are open, by input name
 */
export async function inspect(
  path: string,
  inputDims: Readonly<Record<string, readonly number[]>> = {},
): Promise<Inspection> {
  const model = readModel(path);
  const layers = layersOf(model, await inferShapes(model, inputDims));
  return { model, layers, statuses: statusOf(model, layers) };
}

/** The same as plain data: what `inspect --json` prints and the editor shows. */
export async function inspectModel(
  path: string,
  inputDims: Readonly<Record<string, readonly number[]>> = {},
): Promise<ModelSummary> {
  const { model, layers, statuses } = await inspect(path, inputDims);
  return {
    path,
    totals: modelTotals(model, layers),
    trainingObstacle: trainingObstacle(model, layers),
    openSizes: [...new Set(layers.flatMap((layer) => layer.openSizes))],
    layers: statuses.map(({ layer, status, reason }) => ({
      name: layer.name,
      op: layer.op,
      macs: layer.macs,
      params: layer.params,
      status,
      reason,
    })),
  };
}
