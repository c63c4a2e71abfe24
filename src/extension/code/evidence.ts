import type { LayerSummary } from '../../protocol/model';
import type { Report } from '../../protocol/report';
import type { LayerStaircase, ModelTimes } from '../../protocol/times';
import type { SketchTimes } from '../../protocol/layerSketch';
import { fullRank, methodOf, sizesOf } from '../../source/rewrite/choice';
import type { LayerInstance, SourceModel } from '../../source/sourceModel';
import { sketchKey, sketchOf } from './sketch';

/** How a rank came to be suggested: by a search on the model, or from the latency table alone, untried on accuracy. */
export type EvidenceKind = 'searched' | 'estimate';

/** A form in which a layer would be faster. */
export interface Suggestion {
  readonly method: 'tucker' | 'svd';
  readonly rank: number;
  readonly fullRank: number;
  /** Milliseconds of the layer now and in this form. */
  readonly nowMs: number;
  readonly ms: number;
  readonly evidence: EvidenceKind;
}

/** The exported model that belongs to the code, with what is known of it. */
export interface ExportedModel {
  readonly uri: string;
  readonly name: string;
  readonly layers: ReadonlyMap<string, LayerSummary>;
  readonly times?: ModelTimes;
  /** Of the newest accepted run on it. */
  readonly report?: Report;
  readonly run?: string;
}

/** What is known of one layer of the code. */
export interface LayerFacts {
  readonly layer: LayerInstance;
  /** Milliseconds, all its calls together; of the exported model's own layer, or of a layer of its sizes. */
  readonly ms?: number;
  readonly origin?: 'model' | 'sizes';
  readonly suggestion?: Suggestion;
  readonly staircase?: LayerStaircase;
  readonly exported?: LayerSummary;
  /** The exported model has another size here: it was exported from other code. */
  readonly stale?: boolean;
  /** Why the layer stays as it is, in words. */
  readonly kept?: string;
}

/** What is known of a model in the code. */
export interface ModelFacts {
  readonly model: SourceModel;
  readonly layers: ReadonlyMap<string, LayerFacts>;
  readonly exported?: ExportedModel;
  /** Sum over the layers; absent while one of those that cost anything is unknown. */
  readonly ms?: number;
  /** The same with every suggestion taken. */
  readonly suggestedMs?: number;
  readonly suggestions: number;
}

/** A rank is suggested from the table when the layer takes at most this share of its time; ranks below are less accurate. */
const estimateShare = 0.6;

/** Layers that take less than this share of the model are left in peace. */
const leastShare = 0.02;

/** Joins the code with what was measured and searched. */
export function modelFacts(
  model: SourceModel,
  times: ReadonlyMap<string, SketchTimes>,
  exported?: ExportedModel,
): ModelFacts {
  const timed = model.layers.map((layer) => timeOf(layer, times, exported));
  const whole = timed.every(({ ms, layer }) => ms !== undefined || layer.macs === 0)
    ? timed.reduce((sum, { ms = 0 }) => sum + ms, 0)
    : undefined;
  const layers = timed.map((facts) => ({ ...facts, ...suggestionFor(facts, whole, exported?.report) }));
  const suggested = layers.flatMap(({ suggestion }) => suggestion ?? []);
  const saved = suggested.reduce((sum, { nowMs, ms }) => sum + nowMs - ms, 0);
  return {
    model,
    layers: new Map(layers.map((facts) => [facts.layer.path, facts])),
    ...(exported && { exported }),
    ...(whole !== undefined && { ms: whole, suggestedMs: whole - saved }),
    suggestions: suggested.length,
  };
}

function timeOf(
  layer: LayerInstance,
  times: ReadonlyMap<string, SketchTimes>,
  exported: ExportedModel | undefined,
): LayerFacts {
  const own = exported?.layers.get(layer.path);
  const stale = own !== undefined && !sameWeight(layer, own);
  const measured = own && !stale ? exported?.times?.layers.find(({ name }) => name === own.name) : undefined;
  const sketch = sketchOf(layer);
  const known = sketch && times.get(sketchKey(sketch));
  const ms = measured?.ms ?? (typeof known?.ms === 'number' ? known.ms * Math.max(1, layer.uses) : undefined);
  return {
    layer,
    ...(ms !== undefined && { ms, origin: measured ? ('model' as const) : ('sizes' as const) }),
    ...(known?.staircase && { staircase: known.staircase }),
    ...(own && { exported: own }),
    ...(stale && { stale }),
  };
}

/** Kernels of PyTorch and ONNX are laid out alike; products may be transposed. */
function sameWeight(layer: LayerInstance, { weightDims }: LayerSummary): boolean {
  const weight = layer.parameters.weight ?? layer.parameters.kernel;
  if (!weight || weight.some((size) => size === null)) return true;
  const sorted = (dims: readonly (number | null)[]): string =>
    [...dims]
      .map(Number)
      .sort((a, b) => a - b)
      .join();
  return sorted(weight) === sorted(weightDims);
}

function suggestionFor(
  facts: LayerFacts,
  whole: number | undefined,
  report: Report | undefined,
): Pick<LayerFacts, 'suggestion' | 'kept'> {
  const { layer, ms, exported, stale } = facts;
  const searched = exported && !stale ? report?.layers.find(({ name }) => name === exported.name) : undefined;
  if (searched) {
    const { rank, denseMs, newMs } = searched;
    if (rank === undefined) return { kept: searched.reason };
    const sizes = sizesOf(layer);
    if (!sizes || denseMs === undefined || newMs === undefined) return {};
    const full = searched.fullRank ?? fullRank(sizes);
    const choice = { method: methodOf(sizes), rank, fullRank: full };
    return { suggestion: { ...choice, nowMs: denseMs, ms: newMs, evidence: 'searched' } };
  }
  if (exported && exported.status !== 'compressible') return { kept: exported.reason };
  if (ms === undefined || whole === undefined || ms < leastShare * whole) return {};
  const estimated = estimate(facts);
  return estimated ? { suggestion: estimated } : {};
}

/** The largest rank that makes the layer clearly faster, by the table. */
function estimate({ layer, ms = 0, staircase }: LayerFacts): Suggestion | undefined {
  const sizes = sizesOf(layer);
  if (!sizes || !staircase || (layer.settings.groups !== undefined && layer.settings.groups !== 1)) return undefined;
  const fast = staircase.points.filter((point) => point.ms <= estimateShare * staircase.keepMs);
  const rank = fast.at(-1)?.rank;
  if (rank === undefined) return undefined;
  // The layer's own time may stand for several calls, or come from the exported model: the ratio carries over.
  const ratio = fast.at(-1)!.ms / staircase.keepMs;
  const choice = { method: methodOf(sizes), rank, fullRank: fullRank(sizes) };
  return { ...choice, nowMs: ms, ms: ms * ratio, evidence: 'estimate' };
}
