import { LatencyTable } from '../hardware/latencyTable';
import { learnStep, tellsStep } from '../hardware/staircase';
import { statusOf } from '../methods/registry';
import type { MethodId } from '../methods/shared/site';
import type { AttributeValue } from '../onnx/attributes';
import { GraphBuilder } from '../onnx/graphBuilder';
import { layersOf } from '../onnx/layers';
import type { Device } from '../protocol/device';
import type { LayerSketch, LearntStep, SketchTimes } from '../protocol/layerSketch';
import type { LayerStaircase } from '../protocol/times';
import { inferShapes } from '../runtime/shapes';
import { candidateRanks } from '../search/candidateRanks';
import { float32, sizeOf, type Tensor } from '../tensor/tensor';
import { latencyTablesFolder } from './cacheFolder';
import { deviceSteps } from './deviceStep';
import { staircaseFrom } from './knownStaircases';
import { withForms } from './knownTimes';
import type { OpenedModel } from './openedModel';
import { measuringProgress, type RunContext } from './progress';

/** Weights that are larger are not made for a measurement: 256 MB. */
const mostElements = 64 * 2 ** 20;

/**
 * Times of layers of which only the sizes are known, as the latency table has them: the same entries that a model with
 * such layers uses.
 * @param measure measure first what the table lacks: each layer as it is and at a few ranks
 */
export async function sketchTimes(
  sketches: readonly LayerSketch[],
  device: Device,
  measure: boolean,
  context: RunContext,
): Promise<SketchTimes[]> {
  const table = LatencyTable.open(latencyTablesFolder(), device);
  const opened = await openSketches(sketches);
  return withForms(opened, async (forms) => {
    if (measure) {
      const ranks = forms.sites.flatMap((site) =>
        candidateRanks({ width: site.fullRank, breakEven: site.breakEvenRank }).map((rank) => forms.atRank(site, rank)),
      );
      await table.measureMissing([...forms.layers.map((layer) => forms.dense(layer)), ...ranks], {
        signal: context.signal,
        onProgress: measuringProgress(context, 'measuring layers'),
      });
    }
    const known = new Set(forms.layers);
    const steps = deviceSteps(table);
    return sketches.map((_, i): SketchTimes => {
      const name = nameOf(i);
      const site = forms.sites.find(({ layer }) => layer.name === name);
      const staircase = site && staircaseFrom(site, forms, table);
      const ms = known.has(name) ? (table.entry(forms.dense(name).key)?.medianMs ?? null) : null;
      const step = ownStep(staircase) ?? steps.get(methodOf(sketches[i]));
      return { ms, ...(staircase && { staircase }), ...(step && { step }) };
    });
  });
}

function ownStep(staircase: LayerStaircase | undefined): LearntStep | undefined {
  const points = staircase?.points.map(({ rank, ms, low, high }) => ({ rank, ms, lowMs: low, highMs: high })) ?? [];
  return tellsStep(points) ? { size: learnStep(points), from: 'layer', layers: 1 } : undefined;
}

/** Which method's ranks are measured with the kernels that a layer runs with. */
function methodOf({ op, weight }: LayerSketch): MethodId {
  return op === 'Conv' && sizeOf(weight.slice(2)) > 1 ? 'tucker' : 'svd';
}

const nameOf = (index: number): string => String(index);

/** A model of the layers side by side, each with an input of its own. */
async function openSketches(sketches: readonly LayerSketch[]): Promise<OpenedModel> {
  const builder = new GraphBuilder();
  for (const [i, sketch] of sketches.entries()) if (sizeOf(sketch.weight) <= mostElements) addLayer(builder, i, sketch);
  const { model } = builder;
  const shapes = await inferShapes(model);
  const layers = layersOf(model, shapes);
  return { path: '', model, shapes, layers, statuses: statusOf(model, layers) };
}

function addLayer(builder: GraphBuilder, index: number, sketch: LayerSketch): void {
  const { op, input, weight, bias, strides, dilations, pads, group = 1 } = sketch;
  const name = nameOf(index);
  const inputs = [builder.input(`x${name}`, 'float32', input), builder.constant(drawn(weight), `w${name}`)];
  if (bias) inputs.push(builder.constant(drawn([weight[0]]), `b${name}`));
  const attributes: Record<string, AttributeValue> =
    op === 'Gemm' ? { transB: 1 } : { kernel_shape: weight.slice(2), group, ...defined({ strides, dilations, pads }) };
  builder.output(`y${name}`, 'float32', undefined, builder.op(op, inputs, attributes, { name }));
}

function defined<T>(values: Readonly<Record<string, T | undefined>>): Record<string, T> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}

/** Numbers of ordinary size, never zero: times depend on nothing else about them. */
function drawn(dims: readonly number[]): Tensor<Float32Array> {
  const values = new Float32Array(sizeOf(dims));
  for (let i = 0; i < values.length; i++) values[i] = ((i * 7919) % 1009) / 1009 - 0.4999;
  return float32(dims, values);
}
