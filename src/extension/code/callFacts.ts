import type { SourceAnalysis, SourceCall, SourceDefinition } from '../../source/sourceModel';
import type { LayerFacts, ModelFacts, Suggestion } from './evidence';
import type { WidthStep } from './widths';

/** What is known of one call of the text: the layers of the shown model that it makes. */
export interface CallFacts {
  readonly call: SourceCall;
  readonly layers: readonly LayerFacts[];
  readonly macs?: number;
  readonly ms?: number;
  /** Present when all its layers that have one have the same. */
  readonly suggestion?: Suggestion & { readonly instances: number };
  /** Present when all its layers have this width. */
  readonly width?: WidthStep;
}

/** Calls of the text with what the model that is shown has of them; those that it does not use are left out. */
export function callFacts(analysis: SourceAnalysis, { model, layers }: ModelFacts): CallFacts[] {
  return analysis.calls.flatMap((call): CallFacts[] => {
    if (call.role === 'block') return [];
    const own = call.instances.flatMap(({ entry, path }) => (entry === model.entry ? (layers.get(path) ?? []) : []));
    if (own.length === 0) return [];
    const suggestion = commonSuggestion(own);
    const width = commonWidth(own);
    return [
      {
        call,
        layers: own,
        ...sums(own),
        ...(suggestion && { suggestion }),
        ...(width && { width }),
      },
    ];
  });
}

/** Totals of the layers that a definition makes in the shown model; `undefined` when it makes none there. */
export function definitionFacts(
  { uses }: SourceDefinition,
  facts: ModelFacts,
): (DefinitionFacts & { readonly instances: number }) | undefined {
  const own = uses.filter(({ entry }) => entry === facts.model.entry);
  return own.length === 0 ? undefined : totalsOf(own, facts);
}

/** The same of the whole model. */
export function modelTotals(facts: ModelFacts): DefinitionFacts & { readonly instances: number } {
  return totalsOf([{ path: '', totals: facts.model.totals }], facts);
}

function totalsOf(
  own: readonly Pick<SourceDefinition['uses'][number], 'path' | 'totals'>[],
  { layers, ms: whole }: ModelFacts,
): DefinitionFacts & { readonly instances: number } {
  const inside = [...layers.values()].filter(({ layer }) =>
    own.some(({ path }) => path === '' || layer.path === path || layer.path.startsWith(`${path}.`)),
  );
  const params = own.every(({ totals }) => totals.params !== null)
    ? own.reduce((sum, { totals }) => sum + (totals.params ?? 0), 0)
    : undefined;
  const { macs, ms } = sums(inside);
  const suggested = inside.flatMap(({ suggestion }) => suggestion ?? []);
  return {
    instances: own.length,
    ...(params !== undefined && { params }),
    ...(macs !== undefined && { macs }),
    ...(ms !== undefined && { ms, ...(whole && { share: ms / whole }) }),
    suggestions: suggested.length,
    savedMs: suggested.reduce((sum, { nowMs, ms: then }) => sum + nowMs - then, 0),
  };
}

export interface DefinitionFacts {
  readonly params?: number;
  readonly macs?: number;
  readonly ms?: number;
  /** Of the model's time. */
  readonly share?: number;
  readonly suggestions: number;
  readonly savedMs: number;
}

function sums(layers: readonly LayerFacts[]): { macs?: number; ms?: number } {
  const macs = layers.every(({ layer }) => layer.macs !== null)
    ? layers.reduce((sum, { layer }) => sum + (layer.macs ?? 0), 0)
    : undefined;
  const ms = layers.every((facts) => facts.ms !== undefined)
    ? layers.reduce((sum, facts) => sum + (facts.ms ?? 0), 0)
    : undefined;
  return { ...(macs !== undefined && { macs }), ...(ms !== undefined && { ms }) };
}

function commonWidth(layers: readonly LayerFacts[]): WidthStep | undefined {
  const all = layers.flatMap(({ width }) => width ?? []);
  const [first] = all;
  if (!first || all.length < layers.length || all.some(({ from, to }) => from !== first.from || to !== first.to))
    return undefined;
  const { nowMs: _now, ms: _then, ...step } = first;
  if (all.some(({ ms }) => ms === undefined)) return step;
  const sum = (of: (one: WidthStep) => number | undefined): number =>
    all.reduce((total, one) => total + (of(one) ?? 0), 0);
  return { ...step, nowMs: sum(({ nowMs }) => nowMs), ms: sum(({ ms }) => ms) };
}

const weakest = ['estimate', 'spectrum', 'searched'] as const;

function commonSuggestion(layers: readonly LayerFacts[]): (Suggestion & { readonly instances: number }) | undefined {
  const all = layers.flatMap(({ suggestion }) => suggestion ?? []);
  const [first] = all;
  if (!first) return undefined;
  // One call has one text, and the times are those of one rank: layers that want different ones need a plan.
  if (all.some(({ method, rank }) => method !== first.method || rank !== first.rank)) return undefined;
  const energies = all.flatMap(({ energy }) => energy ?? []);
  const sum = (of: (suggestion: Suggestion) => number): number => all.reduce((total, item) => total + of(item), 0);
  return {
    ...first,
    nowMs: sum(({ nowMs }) => nowMs),
    ms: sum(({ ms }) => ms),
    // The weakest speaks for all.
    evidence: weakest.find((kind) => all.some(({ evidence }) => evidence === kind)) ?? 'estimate',
    ...(energies.length === all.length && { energy: Math.min(...energies) }),
    instances: all.length,
  };
}
