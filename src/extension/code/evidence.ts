import type { LayerSummary } from '../../protocol/model';
import type { Report } from '../../protocol/report';
import type { LayerStaircase, ModelTimes } from '../../protocol/times';
import type { SketchTimes } from '../../protocol/layerSketch';
import { fullRank, methodOf, sizesOf } from '../../source/rewrite/choice';
import type { LayerInstance, SourceModel } from '../../source/sourceModel';
import { percent } from '../format';
import { t } from '../l10n';
import { runsOf, sketchKey, sketchOf } from './sketch';
import { widthStep, type WidthStep } from './widths';

/**
 * How a rank came to be suggested: by a search on the model, by what the singular values of the layer's own weight say is
 * lost, or from the latency table alone. The latter two are untried on accuracy.
 */
export type EvidenceKind = 'searched' | 'spectrum' | 'estimate';

/** A form in which a layer would be faster. */
export interface Suggestion {
  readonly method: 'tucker' | 'svd';
  readonly rank: number;
  readonly fullRank: number;
  /** Milliseconds of the layer now and in this form. */
  readonly nowMs: number;
  readonly ms: number;
  readonly evidence: EvidenceKind;
  /** Share of the weight's energy that is left at this rank; present with a spectrum. */
  readonly energy?: number;
}

/** The exported model that belongs to the code, with what is known of it. */
export interface ExportedModel {
  readonly uri: string;
  readonly name: string;
  readonly layers: ReadonlyMap<string, LayerSummary>;
  readonly times?: ModelTimes;
  /** ||W - W_r|| / ||W|| by rank r of the layers that have forms, by their names; read where no run says more. */
  readonly spectra?: ReadonlyMap<string, readonly number[]>;
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
  /** A little narrower it would fill the device's vectors. */
  readonly width?: WidthStep;
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
  /** Layers that cost something, or may, and have no time. */
  readonly untimed: number;
  /** Those among them that can be measured. */
  readonly measurable: number;
  readonly suggestions: number;
}

/** A rank is suggested from the table when the layer takes at most this share of its time; ranks below are less accurate. */
const estimateShare = 0.6;

/** A rank that a spectrum allows is worth it when the layer takes at most this share of its time. */
const leastSpeed = 0.9;

/** A rank is suggested by a spectrum when this share of the weight's energy is left. */
const leastEnergy = 0.9;

/** Layers that take less than this share of the model are left in peace. */
const leastShare = 0.02;

/** Joins the code with what was measured and searched. */
export function modelFacts(
  model: SourceModel,
  times: ReadonlyMap<string, SketchTimes>,
  exported?: ExportedModel,
): ModelFacts {
  const timed = model.layers.map((layer) => timeOf(layer, times, exported));
  const untimed = timed.filter(({ ms, layer }) => ms === undefined && layer.macs !== 0);
  const whole = untimed.length === 0 ? timed.reduce((sum, { ms = 0 }) => sum + ms, 0) : undefined;
  const layers = timed.map((facts) => {
    const width = isSmall(facts.layer, model) ? undefined : widthStep(facts.layer, model, times);
    return { ...facts, ...suggestionFor(facts, model, whole, exported), ...(width && { width }) };
  });
  const suggested = layers.flatMap(({ suggestion }) => suggestion ?? []);
  const saved = suggested.reduce((sum, { nowMs, ms }) => sum + nowMs - ms, 0);
  return {
    model,
    layers: new Map(layers.map((facts) => [facts.layer.path, facts])),
    ...(exported && { exported }),
    untimed: untimed.length,
    measurable: untimed.filter(({ layer }) => sketchOf(layer) !== undefined).length,
    ...(whole !== undefined && { ms: whole, suggestedMs: whole - saved }),
    suggestions: suggested.length,
  };
}

function isSmall({ macs }: LayerInstance, { totals }: SourceModel): boolean {
  return macs !== null && totals.macs !== null && macs < leastShare * totals.macs;
}

function timeOf(
  layer: LayerInstance,
  times: ReadonlyMap<string, SketchTimes>,
  exported: ExportedModel | undefined,
): LayerFacts {
  const own = exported?.layers.get(layer.path);
  const stale = own !== undefined && !(sameWeight(layer, own) && sameResult(layer, own));
  const measured = own && !stale ? exported?.times?.layers.find(({ name }) => name === own.name) : undefined;
  const sketch = sketchOf(layer);
  const known = sketch && times.get(sketchKey(sketch));
  const ms = measured?.ms ?? (typeof known?.ms === 'number' ? known.ms * runsOf(layer) : undefined);
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

/** A layer that gets the same gives the same: what differs has another stride, padding or dilation. */
function sameResult({ input, output, framework }: LayerInstance, { inputDims, outputDims }: LayerSummary): boolean {
  // Keras keeps channels last, and sizes that are not known or exported for another input say nothing.
  if (framework !== 'torch' || String(input) !== String(inputDims)) return true;
  return !output || output.some((size) => size === null) || String(output) === String(outputDims);
}

function suggestionFor(
  facts: LayerFacts,
  code: SourceModel,
  whole: number | undefined,
  model: ExportedModel | undefined,
): Pick<LayerFacts, 'suggestion' | 'kept'> {
  const { layer, ms, exported, stale } = facts;
  const report = model?.report;
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
  // Where a layer was never measured, MACs say which ones are small.
  if (ms === undefined || (whole === undefined ? isSmall(layer, code) : ms < leastShare * whole)) return {};
  const errors = exported && !stale ? model?.spectra?.get(exported.name) : undefined;
  if (errors) return bySpectrum(facts, errors);
  const estimated = estimate(facts);
  return estimated ? { suggestion: estimated } : {};
}

/** The fastest rank that leaves the energy of the layer's own weight, where that is faster at all. */
function bySpectrum(
  { layer, ms = 0, staircase }: LayerFacts,
  errors: readonly number[],
): Pick<LayerFacts, 'suggestion' | 'kept'> {
  const sizes = sizesOf(layer);
  if (!sizes || !staircase) return {};
  const energyAt = (rank: number): number => 1 - (errors[rank] ?? 1) ** 2;
  const [best] = staircase.points
    .filter((point) => energyAt(point.rank) >= leastEnergy && point.ms <= leastSpeed * staircase.keepMs)
    .sort((a, b) => a.ms - b.ms);
  if (!best) return { kept: t('no faster rank leaves {0} of its energy', percent(leastEnergy)) };
  const choice = { method: methodOf(sizes), rank: best.rank, fullRank: fullRank(sizes) };
  const gain = { nowMs: ms, ms: (ms * best.ms) / staircase.keepMs };
  return { suggestion: { ...choice, ...gain, evidence: 'spectrum', energy: energyAt(best.rank) } };
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
