import type {
  LayerInstance,
  SourceAnalysis,
  SourceCall,
  SourceDefinition,
  SourceModel,
  SourceRange,
} from './sourceModel';
import type { ParsedFile } from './syntax/parse';

/**
 * While a text is unfinished, a model that lost layers by it is shown as it was before, moved to where its lines stand now.
 * Calls that the change touches are left out.
 */
export function withKept(
  before: SourceAnalysis,
  oldText: string,
  fresh: SourceAnalysis,
  parsed: ParsedFile,
): SourceAnalysis {
  const now = new Map(fresh.models.map((model) => [model.entry, model]));
  const poorer = before.models.filter(
    ({ entry, layers }) => layers.length > 0 && layers.length > (now.get(entry)?.layers.length ?? 0),
  );
  if (poorer.length === 0) return fresh;
  const stale = new Set(poorer.map(({ entry }) => entry));
  const move = mover(before.file, oldText, parsed);
  const moved = new Map<LayerInstance, LayerInstance>();
  const instance = (layer: LayerInstance): LayerInstance => {
    let made = moved.get(layer);
    if (made === undefined) {
      made = { ...layer, madeAt: layer.madeAt.flatMap((range) => move(range) ?? []) };
      moved.set(layer, made);
    }
    return made;
  };
  const models = poorer.flatMap((model): SourceModel[] => [
    {
      ...model,
      range: move(model.range) ?? now.get(model.entry)?.range ?? { ...model.range, to: model.range.from },
      layers: model.layers.map(instance),
      elementwise: model.elementwise.map(instance),
      unknown: now.get(model.entry)?.unknown ?? [],
      stale: true,
    },
  ]);
  const calls = before.calls.flatMap((call): SourceCall[] => {
    const kept = call.instances.filter(({ entry }) => stale.has(entry)).map(instance);
    return kept.length === 0 ? [] : movedCall(call, kept, move);
  });
  return {
    ...fresh,
    models: [...fresh.models.filter(({ entry }) => !stale.has(entry)), ...models].sort(byPlace),
    calls: joinedCalls(
      fresh.calls.flatMap((call): SourceCall[] => {
        const others = call.instances.filter(({ entry }) => !stale.has(entry));
        return others.length === 0 ? [] : [{ ...call, instances: others }];
      }),
      calls,
    ),
    definitions: joinedDefinitions(fresh.definitions, before.definitions, stale, move),
  };
}

/** An analysis as if it had found this model alone. */
export function ofEntry(analysis: SourceAnalysis, entry: string): SourceAnalysis {
  const own = (one: { readonly entry: string }): boolean => one.entry === entry;
  return {
    ...analysis,
    models: analysis.models.filter(own),
    calls: analysis.calls.flatMap((call) => {
      const instances = call.instances.filter(own);
      return instances.length === 0 ? [] : [{ ...call, instances }];
    }),
    definitions: analysis.definitions.flatMap((definition) => {
      const uses = definition.uses.filter(own);
      return uses.length === 0 ? [] : [{ ...definition, uses }];
    }),
  };
}

type Move = (range: SourceRange) => SourceRange | undefined;

/** Maps ranges of the old text to the new one by what both begin and end with; a range that the change cuts is gone. */
function mover(file: string, oldText: string, parsed: ParsedFile): Move {
  const { text } = parsed;
  const shorter = Math.min(oldText.length, text.length);
  let start = 0;
  while (start < shorter && oldText.charCodeAt(start) === text.charCodeAt(start)) start++;
  let end = 0;
  while (
    end < shorter - start &&
    oldText.charCodeAt(oldText.length - 1 - end) === text.charCodeAt(text.length - 1 - end)
  )
    end++;
  const changedTo = oldText.length - end;
  const by = text.length - oldText.length;
  return (range) => {
    if (range.file !== file || range.to <= start) return range;
    if (range.from >= changedTo) {
      const from = range.from + by;
      return { file, from, to: range.to + by, line: parsed.lineOf(from) };
    }
    // Around the change: classes and blocks that hold the line being typed.
    return range.from <= start && range.to >= changedTo ? { ...range, to: range.to + by } : undefined;
  };
}

function movedCall(call: SourceCall, instances: readonly LayerInstance[], move: Move): SourceCall[] {
  const range = move(call.range);
  const calleeRange = move(call.calleeRange);
  const statement = move(call.statement);
  if (range === undefined || calleeRange === undefined || statement === undefined) return [];
  // Its own arguments are being typed.
  const written = call.written.flatMap((argument) => {
    const whole = move(argument.range);
    const value = move(argument.value);
    return whole === undefined || value === undefined ? [] : [{ ...argument, range: whole, value }];
  });
  return [{ ...call, range, calleeRange, statement, written, instances }];
}

function joinedCalls(fresh: readonly SourceCall[], kept: readonly SourceCall[]): SourceCall[] {
  const joined = new Map<string, SourceCall>();
  for (const call of [...fresh, ...kept]) {
    const key = `${call.range.from}:${call.range.to}`;
    const known = joined.get(key);
    joined.set(key, known === undefined ? call : { ...known, instances: [...known.instances, ...call.instances] });
  }
  return [...joined.values()].sort(byPlace);
}

function joinedDefinitions(
  fresh: readonly SourceDefinition[],
  before: readonly SourceDefinition[],
  stale: ReadonlySet<string>,
  move: Move,
): SourceDefinition[] {
  const joined = new Map<string, SourceDefinition>();
  for (const definition of fresh) {
    const uses = definition.uses.filter(({ entry }) => !stale.has(entry));
    if (uses.length > 0) joined.set(`${definition.range.from}`, { ...definition, uses });
  }
  for (const definition of before) {
    const uses = definition.uses.filter(({ entry }) => stale.has(entry));
    const range = move(definition.range);
    const header = move(definition.header);
    if (uses.length === 0 || range === undefined || header === undefined) continue;
    const known = joined.get(`${range.from}`);
    joined.set(
      `${range.from}`,
      known === undefined ? { ...definition, range, header, uses } : { ...known, uses: [...known.uses, ...uses] },
    );
  }
  return [...joined.values()].sort(byPlace);
}

function byPlace(a: { readonly range: SourceRange }, b: { readonly range: SourceRange }): number {
  return a.range.from - b.range.from;
}
