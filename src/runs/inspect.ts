import * as fs from 'node:fs';
import { layersOf, modelTotals, type Layer } from '../onnx/layers';
import type { Model } from '../onnx/model';
import { readModel } from '../onnx/read';
import { statusOf } from '../methods/registry';
import type { LayerStatus } from '../methods/shared/site';
import { trainingObstacle } from './compressionJob';
import { inferShapes } from '../runtime/shapes';
import type { LayerSummary, ModelSummary, ValueSummary } from '../protocol/model';

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
  const model = readModel(path);
  const shapes = await inferShapes(model, inputDims);
  const layers = layersOf(model, shapes);
  const values = (declared: readonly { readonly name: string }[]): ValueSummary[] =>
    declared.map(({ name }) => ({ name, type: 'unknown', dims: [], ...shapes.get(name) }));
  return {
    path,
    fileBytes: fs.statSync(path).size,
    opset: model.opset(),
    producer: [model.proto.producerName, model.proto.producerVersion].filter(Boolean).join(' '),
    inputs: values(model.graph.inputs),
    outputs: values(model.graph.outputs),
    totals: modelTotals(model, layers),
    trainingObstacle: trainingObstacle(model, layers),
    openSizes: [...new Set(layers.flatMap((layer) => layer.openSizes))],
    layers: statusOf(model, layers).map(layerSummary),
  };
}

function layerSummary({ layer, status, reason, site }: LayerStatus): LayerSummary {
  const { name, op, macs, params, bytes, weightDims, inputDims, outputDims } = layer;
  return {
    ...{ name, op, macs, params, bytes, weightDims, inputDims, outputDims, status, reason },
    ...(site && {
      site: { method: site.method, fullRank: site.fullRank, breakEvenRank: site.breakEvenRank },
    }),
  };
}
