import type { ModelGraph } from '../../../src/protocol/model';

export interface PlacedNode {
  readonly id: string;
  readonly op: string;
  readonly layer?: string;
  /** Centre. */
  readonly x: number;
  readonly y: number;
}

export interface PlacedEdge {
  readonly from: string;
  readonly to: string;
  /** Where it bends, its ends included. */
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

export interface Layout {
  /** Rising by y. */
  readonly nodes: readonly PlacedNode[];
  /** Rising by the y of their beginning. */
  readonly edges: readonly PlacedEdge[];
  readonly width: number;
  readonly height: number;
}

/** Room for `/stage2/1/conv/Conv` and a time beside it. */
export const nodeWidth = 212;
export const nodeHeight = 26;
const gap = { x: 24, y: 18 };
/** An edge that passes a row takes this much room in it. */
const passWidth = 14;
/** With more bends than this, long edges run straight: a picture of so many would not be read. */
const mostBends = 60_000;
const sweeps = 4;

interface Item {
  readonly node?: ModelGraph['nodes'][number];
  readonly width: number;
  readonly above: Item[];
  readonly below: Item[];
  row: number;
  x: number;
}

/**
 * Layers a network from top to bottom: a node stands one row below the last one it reads. Edges over several rows get a
 * place in each, so that they run beside the nodes. Rows are ordered, then shifted, towards their neighbours' mean. Linear
 * in nodes and bends, as chains of thousands of layers need; a model's graph has few crossings to start with.
 */
export function layoutGraph(graph: ModelGraph): Layout {
  const items = new Map<string, Item>();
  for (const node of graph.nodes) {
    items.set(node.id, { node, width: nodeWidth, above: [], below: [], row: 0, x: 0 });
  }
  const edges = graph.edges.flatMap(({ from, to }) => {
    const [source, target] = [items.get(from), items.get(to)];
    return source && target && source !== target ? [{ source, target }] : [];
  });
  assignRows(graph, items, edges);
  const rows: Item[][] = [];
  for (const item of items.values()) (rows[item.row] ??= []).push(item);
  const chains = bend(edges, rows);
  for (let sweep = 0; sweep < sweeps; sweep++) order(rows, sweep % 2 === 0);
  for (let sweep = 0; sweep < 2 * sweeps; sweep++) shift(rows, sweep % 2 === 0);
  return placed(rows, chains);
}

interface Edge {
  readonly source: Item;
  readonly target: Item;
}

/** Nodes come in graph order: what a node reads stands before it. */
function assignRows(graph: ModelGraph, items: ReadonlyMap<string, Item>, edges: readonly Edge[]): void {
  const readBy = new Map<Item, Item[]>();
  for (const { source, target } of edges) {
    const sources = readBy.get(target);
    if (sources) sources.push(source);
    else readBy.set(target, [source]);
  }
  for (const { id } of graph.nodes) {
    const item = items.get(id);
    if (item) item.row = Math.max(0, ...(readBy.get(item) ?? []).map((source) => source.row + 1));
  }
}

/** Joins the ends of every edge by an item in each row that it passes. */
function bend(edges: readonly Edge[], rows: readonly Item[][]): Item[][] {
  const bends = edges.reduce((sum, { source, target }) => sum + Math.max(0, target.row - source.row - 1), 0);
  return edges.map(({ source, target }) => {
    const chain = [source];
    for (let row = source.row + 1; bends <= mostBends && row < target.row; row++) {
      const pass: Item = { width: passWidth, above: [], below: [], row, x: 0 };
      rows[row].push(pass);
      chain.push(pass);
    }
    chain.push(target);
    for (let i = 1; i < chain.length; i++) {
      chain[i - 1].below.push(chain[i]);
      chain[i].above.push(chain[i - 1]);
    }
    return chain;
  });
}

/** Orders every row by the mean place of its neighbours in the row before (or after, on the way up). */
function order(rows: readonly Item[][], downwards: boolean): void {
  const visit = (row: Item[]): void => {
    const wish = new Map(row.map((item, index) => [item, mean(downwards ? item.above : item.below) ?? index]));
    row.sort((a, b) => (wish.get(a) ?? 0) - (wish.get(b) ?? 0));
    row.forEach((item, index) => (item.x = index));
  };
  if (downwards) rows.forEach(visit);
  else [...rows].reverse().forEach(visit);
}

/** Moves the items of every row towards their neighbours, without changing their order or letting them touch. */
function shift(rows: readonly Item[][], downwards: boolean): void {
  const visit = (row: Item[]): void => {
    const wishes = row.map((item) => mean(downwards ? item.above : item.below) ?? item.x);
    const left: number[] = [];
    const right: number[] = [];
    for (let i = 0; i < row.length; i++) {
      left[i] = i === 0 ? wishes[0] : Math.max(wishes[i], left[i - 1] + distance(row[i - 1], row[i]));
    }
    for (let i = row.length - 1; i >= 0; i--) {
      right[i] = i === row.length - 1 ? wishes[i] : Math.min(wishes[i], right[i + 1] - distance(row[i], row[i + 1]));
    }
    // Both keep the distances, so their mean does too.
    row.forEach((item, i) => (item.x = (left[i] + right[i]) / 2));
  };
  if (downwards) rows.forEach(visit);
  else [...rows].reverse().forEach(visit);
}

function distance(a: Item, b: Item): number {
  return (a.width + b.width) / 2 + gap.x;
}

function mean(items: readonly Item[]): number | undefined {
  return items.length === 0 ? undefined : items.reduce((sum, { x }) => sum + x, 0) / items.length;
}

function placed(rows: readonly Item[][], chains: readonly Item[][]): Layout {
  const all = rows.flat();
  const least = all.reduce((x, item) => Math.min(x, item.x - item.width / 2), Infinity);
  const most = all.reduce((x, item) => Math.max(x, item.x + item.width / 2), -Infinity);
  const center = ({ x, row }: Item): { x: number; y: number } => ({
    x: x - least + gap.x,
    y: row * (nodeHeight + gap.y) + nodeHeight / 2 + gap.y,
  });
  return {
    nodes: all.flatMap((item) => (item.node ? [{ ...item.node, ...center(item) }] : [])),
    edges: chains.map((chain) => ({
      from: chain[0].node?.id ?? '',
      to: chain[chain.length - 1].node?.id ?? '',
      points: chain.map(center),
    })),
    width: all.length === 0 ? 0 : most - least + 2 * gap.x,
    height: rows.length * (nodeHeight + gap.y) + gap.y,
  };
}
