import type { CallNode, Chunk, Span } from './syntax/ast';
import { countOf, shapeOf, type CollectedTotals } from './collect';
import { indexOf } from './evaluate/moduleIndex';
import type { Files } from './evaluate/workspace';
import type { Evaluated } from './evaluateModel';
import type { InputCandidate } from './inputs';
import type {
  LayerInstance,
  SourceAnalysis,
  SourceCall,
  SourceDefinition,
  SourceModel,
  SourceRange,
  Totals,
  UnknownPoint,
} from './sourceModel';
import type { ParsedFile } from './syntax/parse';

/** A call of the file and the layers it makes. */
interface CallSite {
  readonly instances: LayerInstance[];
  /** It is the constructor of one of them itself. */
  readonly direct: boolean;
  /** Layers for which it is the innermost call of the file. */
  innermost: number;
}

class CallSites {
  private readonly sites = new Map<CallNode, CallSite>();
  /** Layers that were made by the same calls share the list. */
  private readonly chains = new Map<readonly CallNode[], CallSite[]>();

  constructor(private readonly file: string) {}

  add(instance: LayerInstance, calls: readonly CallNode[]): void {
    let chain = this.chains.get(calls);
    if (chain === undefined) {
      this.chains.set(calls, (chain = []));
      for (let at = 0; at < calls.length; at++)
        if (calls[at].chunk.file === this.file) chain.push(this.at(calls[at], at === 0));
    }
    if (chain.length > 0) chain[0].innermost++;
    // A call can stand twice among the calls around a layer, when functions call themselves.
    for (let at = 0; at < chain.length; at++) {
      const { instances } = chain[at];
      if (instances[instances.length - 1] !== instance) instances.push(instance);
    }
  }

  private at(node: CallNode, direct: boolean): CallSite {
    let site = this.sites.get(node);
    if (site === undefined) this.sites.set(node, (site = { instances: [], direct, innermost: 0 }));
    return site;
  }

  /** By position. */
  presented(helpers: ReadonlySet<CallNode>, places: Places): SourceCall[] {
    return [...this.sites]
      .map(([node, { instances, direct, innermost }]) => {
        const led = innermost === instances.length ? 'outside' : 'block';
        return callOf(node, instances, direct ? 'layer' : helpers.has(node) ? 'helper' : led, places);
      })
      .sort((a, b) => a.range.from - b.range.from);
  }
}

/**
 * Turns evaluated models into what the outside sees, with offsets of the texts as they are now. Of what is `useless`, because it
 * gave no model, only the places are told that were unknown in it.
 */
export function presented(
  parsed: ParsedFile,
  files: Files,
  evaluated: readonly Evaluated[],
  useless: readonly Evaluated[] = [],
): SourceAnalysis {
  const places = new Places(files);
  const models: SourceModel[] = [];
  const sites = new CallSites(parsed.file);
  const helpers = new Set<CallNode>();
  const uses: Uses = new Map();
  const read = new Set<string>([parsed.file]);
  for (const each of evaluated) {
    const { candidate, collected } = each;
    const entry = candidate.name;
    for (const file of each.touched.fileNames) read.add(file);
    const layers: LayerInstance[] = [];
    collected?.layers.forEach(({ facts, calls }) => {
      const instance = { ...facts, madeAt: places.calls(calls) };
      layers.push(instance);
      sites.add(instance, calls);
    });
    for (const node of collected?.helpers ?? []) helpers.add(node);
    collected?.uses.forEach(({ chunk, from, path, totals }) => {
      if (chunk.file !== parsed.file) return;
      let inChunk = uses.get(chunk);
      if (inChunk === undefined) uses.set(chunk, (inChunk = new Map()));
      let list = inChunk.get(from);
      if (list === undefined) inChunk.set(from, (list = []));
      list.push({ entry, path, totals: totalsOf(totals) });
    });
    models.push(modelOf(each, layers, places));
  }
  return {
    file: parsed.file,
    models,
    calls: sites.presented(helpers, places),
    definitions: definitionsOf(parsed, uses, places),
    unknown: dedupe([...evaluated, ...useless].flatMap((each) => unknownOf(each, places))),
    files: [...read].filter((file) => !file.startsWith('layerwise:')),
    incomplete: parsed.incomplete,
  };
}

class Places {
  private readonly ranges = new Map<CallNode, SourceRange>();
  private readonly chains = new Map<readonly CallNode[], SourceRange[]>();

  constructor(private readonly files: Files) {}

  range(chunk: Chunk, span: Span): SourceRange {
    const from = chunk.start + span.from;
    const line = this.files.open(chunk.file)?.lineOf(from) ?? 1;
    return { file: chunk.file, from, to: chunk.start + span.to, line };
  }

  call(node: CallNode): SourceRange {
    let range = this.ranges.get(node);
    if (range === undefined) this.ranges.set(node, (range = this.range(node.chunk, node)));
    return range;
  }

  /** Layers that were made by the same calls share the list. */
  calls(nodes: readonly CallNode[]): readonly SourceRange[] {
    let ranges = this.chains.get(nodes);
    if (ranges === undefined) {
      this.chains.set(nodes, (ranges = []));
      for (let at = 0; at < nodes.length; at++) ranges.push(this.call(nodes[at]));
    }
    return ranges;
  }

  note({ note, place }: InputCandidate): string {
    return place === undefined ? note : `${note} on line ${this.range(place.chunk, place).line}`;
  }

  text(chunk: Chunk, span: Span): string {
    return chunk.text.slice(span.from, span.to);
  }
}

function totalsOf({ params, macs, layers }: CollectedTotals): Totals {
  return { params: countOf(params), macs: countOf(macs), layers };
}

function modelOf(each: Evaluated, layers: readonly LayerInstance[], places: Places): SourceModel {
  const { candidate, collected, input, output, failure, framework } = each;
  const { chunk, statement } = candidate.placed;
  return {
    entry: candidate.name,
    framework,
    foundBy: candidate.foundBy,
    range: places.range(chunk, statement),
    inputs: input?.shapes.map(shapeOf) ?? null,
    inputOrigin: input?.origin ?? 'default',
    inputNote: input === undefined ? '' : places.note(input),
    output: output === undefined ? null : shapeOf(output),
    totals: collected === undefined ? { params: null, macs: null, layers: 0 } : totalsOf(collected.totals),
    layers: layers.filter(({ kind }) => kind !== 'elementwise'),
    elementwise: layers.filter(({ kind }) => kind === 'elementwise'),
    unknown: unknownOf(each, places),
    ...(failure === undefined ? {} : { failure }),
  };
}

function unknownOf({ unknown, missing = [] }: Evaluated, places: Places): UnknownPoint[] {
  return [...unknown, ...missing].map(({ chunk, span, reason }) => ({ range: places.range(chunk, span), reason }));
}

function callOf(
  node: CallNode,
  instances: readonly LayerInstance[],
  role: SourceCall['role'],
  places: Places,
): SourceCall {
  const { chunk } = node;
  return {
    range: places.call(node),
    callee: places.text(chunk, node.callee),
    calleeRange: places.range(chunk, node.callee),
    role,
    written: node.args.map(({ keyword, value, ...span }) => ({
      ...(keyword === undefined ? {} : { keyword }),
      range: places.range(chunk, span),
      value: places.range(chunk, value),
    })),
    ...(node.target === undefined ? {} : { target: places.text(chunk, node.target) }),
    statement: places.range(chunk, node.statement),
    instances,
  };
}

/** By statement, and the place in it of the class or function. */
type Uses = Map<Chunk, Map<number, SourceDefinition['uses'][number][]>>;

function definitionsOf(parsed: ParsedFile, uses: Uses, places: Places): SourceDefinition[] {
  return indexOf(parsed).definitions.flatMap((placed): SourceDefinition[] => {
    const { chunk } = placed;
    const inChunk = uses.get(chunk);
    // Those that nothing uses are not parsed for it.
    if (inChunk === undefined) return [];
    const { statement } = placed;
    if (statement.kind !== 'function' && statement.kind !== 'class') return [];
    const own = inChunk.get(statement.from);
    if (own === undefined) return [];
    return [
      {
        kind: statement.kind,
        name: statement.name,
        header: places.range(chunk, { from: statement.from, to: statement.nameTo }),
        range: places.range(chunk, statement),
        uses: own,
      },
    ];
  });
}

function dedupe(points: readonly UnknownPoint[]): UnknownPoint[] {
  const seen = new Set<string>();
  return points.filter(({ range, reason }) => {
    const key = `${range.file}:${range.from}:${reason}`;
    return !seen.has(key) && seen.add(key) !== undefined;
  });
}
