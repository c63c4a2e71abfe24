import type { CallNode, Chunk } from './syntax/ast';
import type { ArgumentValue, LayerKind } from './sourceModel';
import type { Machine } from './evaluate/machine';
import { layerOf, type LayerSpec, type LayerState } from './torch/layerState';
import { eachChild } from './torch/moduleTree';
import { elementsOf, Tensor, type Dims } from './values/tensor';
import type { Instance } from './values/values';
import { Float, List, Tuple, type Frame, type Value } from './values/values';

/** A layer with places as nodes, before they are turned into offsets of the current text. */
export interface CollectedLayer {
  readonly path: string;
  readonly op: string;
  readonly kind: LayerKind;
  readonly settings: Readonly<Record<string, ArgumentValue>>;
  readonly parameters: Readonly<Record<string, Dims>>;
  readonly input: Dims | undefined;
  readonly output: Dims | undefined;
  readonly uses: number;
  /** NaN when unknown. */
  readonly params: number;
  readonly macs: number;
  /** Calls that made it, innermost first. */
  readonly calls: readonly CallNode[];
}

export interface CollectedTotals {
  params: number;
  macs: number;
  layers: number;
}

/** A class or function that took part, with what one object or call of it holds. */
export interface CollectedUse {
  readonly chunk: Chunk;
  readonly from: number;
  readonly path: string;
  readonly totals: CollectedTotals;
}

export interface Collected {
  readonly layers: readonly CollectedLayer[];
  readonly totals: CollectedTotals;
  readonly uses: readonly CollectedUse[];
  /** Calls of functions whose result is one layer. */
  readonly helpers: ReadonlySet<CallNode>;
}

/** Walks a finished torch model: its layers in the order of registration, and totals of every part. */
export function collectModules(machine: Machine, model: Instance): Collected {
  const layers: CollectedLayer[] = [];
  const uses: CollectedUse[] = [];
  const seen = new Set<Value>();
  const totalsOf = new Map<Instance, { path: string; totals: CollectedTotals }>();
  const visit = (path: string, module: Instance): CollectedTotals => {
    const totals = { params: 0, macs: 0, layers: 0 };
    if (seen.has(module)) return totals;
    seen.add(module);
    totalsOf.set(module, { path, totals });
    const state = layerOf(module);
    const own = ownParameters(module, seen);
    const sizes = own.reduce((sum, [, tensor]) => sum + elementsOf(tensor.shape), 0);
    totals.params += sizes;
    if (state !== undefined) {
      const layer = layerFor(path, module, state, own, sizes);
      layers.push(layer);
      addLayer(totals, layer);
    } else
      for (const [name, tensor] of own) {
        const layer = bareParameter(path === '' ? name : `${path}.${name}`, name, tensor);
        layers.push(layer);
        addLayer(totals, layer);
      }
    eachChild(module, (name, child) => {
      const inner = visit(path === '' ? name : `${path}.${name}`, child);
      totals.params += inner.params;
      totals.macs += inner.macs;
      totals.layers += inner.layers;
    });
    return totals;
  };
  const totals = visit('', model);
  for (const [module, { path, totals: own }] of totalsOf) {
    const { node } = module.cls;
    if (node !== undefined) uses.push({ chunk: node.chunk, from: node.from, path, totals: own });
  }
  const helpers = new Set<CallNode>();
  for (const { chunk, from, module, frame } of machine.returned) {
    const known = totalsOf.get(module);
    if (known !== undefined) uses.push({ chunk, from, ...known });
    if (frame !== undefined && layerOf(module) !== undefined) helpers.add(frame.node);
  }
  return { layers, totals, uses, helpers };
}

/** Parameters that belong to no module before. */
function ownParameters({ attributes }: Instance, seen: Set<Value>): [string, Tensor][] {
  const own: [string, Tensor][] = [];
  attributes.forEach((value, name) => {
    if (value === null || typeof value !== 'object') return;
    if (!(value instanceof Tensor) || !value.parameter || seen.has(value)) return;
    seen.add(value);
    own.push([name, value]);
  });
  return own;
}

function addLayer(totals: CollectedTotals, layer: CollectedLayer): void {
  totals.macs += layer.macs;
  if (layer.kind !== 'elementwise') totals.layers++;
}

function layerFor(
  path: string,
  module: Instance,
  state: LayerState,
  own: readonly [string, Tensor][],
  params: number,
): CollectedLayer {
  const { spec } = state;
  const parameters: Record<string, Dims> = {};
  for (const [name, tensor] of own) parameters[name] = tensor.shape;
  const place = spec.suffix === undefined ? path : path === '' ? spec.suffix : `${path}.${spec.suffix}`;
  return {
    path: place,
    op: spec.op,
    kind: spec.kind,
    settings: settingsOf(module, spec),
    parameters,
    input: state.input,
    output: state.output,
    uses: state.uses,
    params,
    macs: state.macs,
    calls: callsOf(module.madeAt),
  };
}

function bareParameter(path: string, name: string, tensor: Tensor): CollectedLayer {
  const { uses } = tensor;
  return {
    path,
    op: 'Parameter',
    kind: uses === undefined ? 'elementwise' : 'linear',
    settings: {},
    parameters: { [name]: tensor.shape },
    input: uses?.input,
    output: uses?.output,
    uses: uses?.uses ?? 0,
    params: elementsOf(tensor.shape),
    macs: uses?.macs ?? 0,
    calls: callsOf(tensor.madeAt),
  };
}

function settingsOf(module: Instance, { settings }: LayerSpec): Record<string, ArgumentValue> {
  const told: Record<string, ArgumentValue> = {};
  for (const name of settings) told[name] = plain(module.attributes.get(name) ?? null);
  return told;
}

function plain(value: Value): ArgumentValue {
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof Float) return value.value;
  if (value instanceof List || value instanceof Tuple) return value.items.map(plain);
  return value instanceof Tensor ? true : null;
}

const noCalls: readonly CallNode[] = [];

/** Calls around a place, innermost first; the same list for all that was made there. */
function callsOf(frame: Frame | undefined): readonly CallNode[] {
  if (frame === undefined) return noCalls;
  frame.calls ??= [frame.node, ...callsOf(frame.parent)];
  return frame.calls;
}
