import * as fs from 'node:fs';
import type { InputDims } from '../hardware/randomInputs';
import type { LayerStatus } from '../methods/shared/site';
import { modelTotals } from '../onnx/layers';
import type { LayerSummary, ModelSummary, ValueSummary } from '../protocol/model';
import { trainingObstacle } from './compressionJob';
import { openModel } from './openedModel';

/**
 * A model's structure as plain data: what `inspect --json` prints and the editor shows. No large weight is read and
 * nothing runs.
 * @param inputDims sizes for inputs whose declared sizes are open, by input name
 */
export async function inspectModel(path: string, inputDims: InputDims = {}): Promise<ModelSummary> {
  const { model, shapes, layers, statuses } = await openModel(path, inputDims);
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
    layers: statuses.map(layerSummary),
  };
}

function layerSummary({ layer, status, reason, site }: LayerStatus): LayerSummary {
  const { name, op, macs, params, bytes, weight, weightDims, inputDims, outputDims } = layer;
  return {
    ...{ name, op, macs, params, bytes, weight, weightDims, inputDims, outputDims, status, reason },
    ...(site && {
      site: { method: site.method, fullRank: site.fullRank, breakEvenRank: site.breakEvenRank },
    }),
  };
}
