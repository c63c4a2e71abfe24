import type { LearntStep, SketchTimes } from '../../protocol/layerSketch';
import type { LayerInstance, SourceModel } from '../../source/sourceModel';
import { sizesOf } from '../../source/rewrite/choice';
import { runsOf, sketchKey, sketchOf } from './sketch';

/** A width that ends a little behind a full block of the device's vectors. */
export interface WidthStep {
  readonly from: number;
  readonly to: number;
  /** The step of the device: channels that it computes at once. */
  readonly block: number;
  /** How the step is known: by the times of this layer or of others at several ranks, or not at all. */
  readonly origin: LearntStep['from'] | 'assumed';
  /** Layers that the step was learnt from. */
  readonly learntFrom: number;
  /** Milliseconds as it is and rounded, all calls together; absent until both were measured. */
  readonly nowMs?: number;
  readonly ms?: number;
}

/**
 * Where the device's latency table shows no step yet: floats in a vector of AVX2, of which the larger vectors of other
 * processors are multiples.
 */
const usualBlock = 8;

/** A layer is not narrowed by more than this: it would be another network. */
const mostNarrowed = 0.1;

/** A measured gain below this is no reason to change a network. */
const leastGain = 0.05;

/**
 * The step down to full blocks, where one is near. `undefined` for widths that fill their blocks, on devices that show no step,
 * for grouped layers, for the model's own output, and where both widths were measured and the smaller one gains nothing.
 */
export function widthStep(
  layer: LayerInstance,
  model: SourceModel,
  times: ReadonlyMap<string, SketchTimes>,
): WidthStep | undefined {
  const from = sizesOf(layer)?.output;
  const grouped = (layer.settings.groups ?? 1) !== 1;
  const timesOf = (sketch: ReturnType<typeof sketchOf>): SketchTimes | undefined =>
    sketch && times.get(sketchKey(sketch));
  const known = timesOf(sketchOf(layer));
  const block = known?.step?.size ?? usualBlock;
  if (from === undefined || from % block === 0 || grouped || makesOutput(layer, model)) return undefined;
  const to = from - (from % block);
  if (to <= 0 || from - to > mostNarrowed * from) return undefined;
  const { from: origin = 'assumed', layers: learntFrom = 0 } = known?.step ?? {};
  const step = { from, to, block, origin, learntFrom } as const;
  const [now, then] = [known?.ms, timesOf(sketchAt(layer, to))?.ms];
  if (typeof now !== 'number' || typeof then !== 'number') return step;
  const runs = runsOf(layer);
  return then > (1 - leastGain) * now ? undefined : { ...step, nowMs: now * runs, ms: then * runs };
}

/** A layer with another number of outputs, as the engine measures it. */
export function sketchAt(layer: LayerInstance, width: number): ReturnType<typeof sketchOf> {
  const sketch = sketchOf(layer);
  return sketch && { ...sketch, weight: [width, ...sketch.weight.slice(1)] };
}

/** The last layer has the width that the task has. */
function makesOutput({ path }: LayerInstance, { layers }: SourceModel): boolean {
  return path === layers.at(-1)?.path;
}
