import type { CallNode, Chunk, Span } from './syntax/ast';
import type { CollectedLayer, CollectedTotals } from './collect';
import { indexOf } from './evaluate/moduleIndex';
import type { Files } from './evaluate/workspace';
import type { Evaluated } from './evaluateModel';
import type {
  LayerInstance,
  Shape,
  SourceAnalysis,
  SourceCall,
  SourceDefinition,
  SourceModel,
  SourceRange,
  Totals,
  UnknownPoint,
} from './sourceModel';
import type { ParsedFile } from './syntax/parse';
import type { Dims } from './values/tensor';

/** Turns evaluated models into what the outside sees, with offsets of the texts as they are now. */
export function presented(parsed: ParsedFile, files: Files, evaluated: readonly Evaluated[]): SourceAnalysis {
  const places = new Places(files);
  const models: SourceModel[] = [];
  const calls = new Map<CallNode, { instances: LayerInstance[]; direct: boolean }>();
  const helpers = new Set<CallNode>();
  const uses = new Map<string, SourceDefinition['uses'][number][]>();
  const read = new Set<string>([parsed.file]);
  for (const each of evaluated) {
    const { candidate, collected, framework } = each;
    const entry = candidate.name;
    for (const file of each.touched.fileNames) read.add(file);
    const layers: LayerInstance[] = [];
    for (const layer of collected?.layers ?? []) {
      const instance = instanceOf(layer, entry, framework, places);
      layers.push(instance);
      layer.calls.forEach((node, at) => {
        if (node.chunk.file !== parsed.file) return;
        const known = calls.get(node);
        // A call can stand twice among the calls around a layer, when functions call themselves.
        if (known === undefined) calls.set(node, { instances: [instance], direct: at === 0 });
        else if (known.instances[known.instances.length - 1] !== instance) known.instances.push(instance);
      });
    }
    for (const node of collected?.helpers ?? []) helpers.add(node);
    for (const use of collected?.uses ?? []) {
      if (use.chunk.file !== parsed.file) continue;
      const key = `${use.chunk.start}:${use.from}`;
      const list = uses.get(key) ?? [];
      list.push({ entry, path: use.path, totals: totalsOf(use.totals) });
      uses.set(key, list);
    }
    models.push(modelOf(each, layers, places));
  }
  return {
    file: parsed.file,
    models,
    calls: [...calls]
      .map(([node, { instances, direct }]) =>
        callOf(node, instances, direct ? 'layer' : helpers.has(node) ? 'helper' : 'block', places),
      )
      .sort((a, b) => a.range.from - b.range.from),
    definitions: definitionsOf(parsed, uses, places),
    unknown: dedupe(models.flatMap(({ unknown }) => unknown)),
    files: [...read].filter((file) => !file.startsWith('layerwise:')),
    incomplete: parsed.incomplete,
  };
}

class Places {
  private readonly ranges = new Map<CallNode, SourceRange>();
  private readonly chains = new Map<readonly CallNode[], readonly SourceRange[]>();

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
    if (ranges === undefined) this.chains.set(nodes, (ranges = nodes.map((node) => this.call(node))));
    return ranges;
  }

  text(chunk: Chunk, span: Span): string {
    return chunk.text.slice(span.from, span.to);
  }
}

function shapeOf(dims: Dims | undefined): Shape | null {
  if (dims === undefined) return null;
  return dims.includes(NaN) ? dims.map((size) => (Number.isNaN(size) ? null : size)) : dims;
}

function count(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}

function totalsOf({ params, macs, layers }: CollectedTotals): Totals {
  return { params: count(params), macs: count(macs), layers };
}

function instanceOf(
  layer: CollectedLayer,
  entry: string,
  framework: LayerInstance['framework'],
  places: Places,
): LayerInstance {
  const parameters: Record<string, Shape> = {};
  for (const name of Object.keys(layer.parameters)) parameters[name] = shapeOf(layer.parameters[name]) ?? [];
  return {
    path: layer.path,
    op: layer.op,
    kind: layer.kind,
    framework,
    entry,
    settings: layer.settings,
    parameters,
    input: shapeOf(layer.input),
    output: shapeOf(layer.output),
    uses: layer.uses,
    params: count(layer.params),
    macs: count(layer.macs),
    madeAt: places.calls(layer.calls),
  };
}

function modelOf(each: Evaluated, layers: readonly LayerInstance[], places: Places): SourceModel {
  const { candidate, collected, input, output, failure, framework } = each;
  const { chunk, statement } = candidate.placed;
  return {
    entry: candidate.name,
    framework,
    foundBy: candidate.foundBy,
    range: places.range(chunk, statement),
    inputs: input?.shapes ?? null,
    inputOrigin: input?.origin ?? 'default',
    inputNote: input?.note ?? '',
    output: shapeOf(output),
    totals: collected === undefined ? { params: null, macs: null, layers: 0 } : totalsOf(collected.totals),
    layers: layers.filter(({ kind }) => kind !== 'elementwise'),
    elementwise: layers.filter(({ kind }) => kind === 'elementwise'),
    unknown: each.unknown.map(({ chunk: place, span, reason }): UnknownPoint => ({
      range: places.range(place, span),
      reason,
    })),
    ...(failure === undefined ? {} : { failure }),
  };
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

function definitionsOf(
  parsed: ParsedFile,
  uses: ReadonlyMap<string, SourceDefinition['uses']>,
  places: Places,
): SourceDefinition[] {
  const used = new Set([...uses.keys()].map((key) => Number.parseInt(key, 10)));
  return indexOf(parsed).definitions.flatMap((placed): SourceDefinition[] => {
    const { chunk } = placed;
    // Those that nothing uses are not parsed for it.
    if (!used.has(chunk.start)) return [];
    const { statement } = placed;
    if (statement.kind !== 'function' && statement.kind !== 'class') return [];
    const own = uses.get(`${chunk.start}:${statement.from}`);
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
