import type { CallNode, Chunk } from './syntax/ast';
import type { ArgumentValue, LayerInstance, Shape } from './sourceModel';
import type { Machine } from './evaluate/machine';
import { isUnbuilt } from './keras/models';
import { layerOf, type LayerSpec, type LayerState } from './torch/layerState';
import { eachChild, itemsIn } from './torch/moduleTree';
import { elementsOf, Tensor, type Dims } from './values/tensor';
import type { Instance } from './values/values';
import { Float, List, Tuple, Unknown, type Frame, type Value } from './values/values';

/** A layer with places as nodes, before they are turned into offsets of the current text. */
export interface CollectedLayer {
  /** What stays as it is while the text moves. */
  readonly facts: Omit<LayerInstance, 'madeAt'>;
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

/**
 * Walks a finished model: its layers in the order of registration, and totals of every part. `complete` tells whether the whole
 * of its run is known: if not, a layer that it did not come to may still cost something.
 */
export function collectModules(machine: Machine, model: Instance, named: Named, complete: boolean): Collected {
  const layers: CollectedLayer[] = [];
  const uses: CollectedUse[] = [];
  const seen = new Set<Value>();
  let { lost } = machine;
  /** Modules of which the totals are told. */
  const told = new Set(machine.returned.map(({ module }) => module)).add(model);
  const totalsOf = new Map<Instance, { path: string; totals: CollectedTotals }>();
  /** Adds what the module holds to the totals around it. */
  const visit = (path: string, module: Instance, around: CollectedTotals): void => {
    if (seen.has(module)) return;
    seen.add(module);
    let totals = around;
    if (module.cls.node !== undefined || told.has(module)) {
      totals = { params: 0, macs: 0, layers: 0 };
      totalsOf.set(module, { path, totals });
    }
    const state = layerOf(module);
    if (state?.uses === 0 && !complete && state.spec.kind !== 'elementwise') state.macs = NaN;
    const own = partsOf(module, seen);
    const { sizes } = own;
    if (own.lost) lost = true;
    const unbuilt = !complete && isUnbuilt(module);
    totals.params += unbuilt ? NaN : sizes;
    if (unbuilt) totals.macs = NaN;
    if (state !== undefined) {
      layers.push(layerFor(path, module, state, own, unbuilt ? NaN : sizes, named));
      count(totals, state);
    } else
      for (const [name, tensor] of own.parameters) {
        const counted = tensor.uses ?? unused;
        layers.push(bareParameter(path === '' ? name : `${path}.${name}`, name, tensor, counted, named));
        count(totals, counted);
      }
    eachChild(module, (name, child) => {
      visit(path === '' ? name : `${path}.${name}`, child, totals);
    });
    if (totals === around) return;
    around.params += totals.params;
    around.macs += totals.macs;
    around.layers += totals.layers;
  };
  visit('', model, { params: 0, macs: 0, layers: 0 });
  const { totals } = totalsOf.get(model)!;
  if (lost || (!complete && layers.length === 0)) totals.params = totals.macs = NaN;
  totalsOf.forEach(({ path, totals: own }, { cls: { node } }) => {
    if (node !== undefined) uses.push({ chunk: node.chunk, from: node.from, path, totals: own });
  });
  const helpers = new Set<CallNode>();
  for (const { chunk, from, module, frame } of machine.returned) {
    const known = totalsOf.get(module);
    if (known !== undefined) uses.push({ chunk, from, ...known });
    if (frame !== undefined && layerOf(module) !== undefined) helpers.add(frame.node);
  }
  return { layers, totals, uses, helpers };
}

const lists = new Set(['Sequential', 'ModuleList', 'ModuleDict']);

/** What a module holds by itself. */
interface OwnParts {
  /** Parameters that belong to no module before. */
  readonly parameters: readonly [string, Tensor][];
  /** How many numbers they hold. */
  readonly sizes: number;
  readonly shapes: LayerInstance['parameters'];
  readonly settings: LayerInstance['settings'];
  /** A part of a list of layers that is not known may hold more of them. */
  readonly lost: boolean;
}

/** By the attributes of what was copied. */
const ofCopies = new WeakMap<ReadonlyMap<string, Value>, OwnParts>();

/** The same for all copies of one module. */
function partsOf(module: Instance, seen: Set<Value>): OwnParts {
  const pattern = module.copied?.attributes;
  if (pattern === undefined) return ownParts(module, module.attributes, seen);
  let own = ofCopies.get(pattern);
  // Nobody can have taken parameters of a copy that are not made yet.
  if (own === undefined) ofCopies.set(pattern, (own = ownParts(module, pattern, new Set())));
  return own;
}

function ownParts(module: Instance, attributes: ReadonlyMap<string, Value>, seen: Set<Value>): OwnParts {
  const parameters = ownParameters(attributes, module.hidden, seen);
  const shapes: Record<string, Shape> = {};
  let sizes = 0;
  for (const [name, { shape }] of parameters) {
    shapes[name] = shapeOf(shape);
    sizes += elementsOf(shape);
  }
  const isList = module.cls.mro.some(({ name }) => lists.has(name));
  return {
    parameters,
    sizes,
    shapes,
    settings: settingsOf(attributes, layerOf(module)?.spec.settings ?? []),
    lost: isList && itemsIn(attributes).some(([, item]) => item instanceof Unknown),
  };
}

function ownParameters(
  attributes: ReadonlyMap<string, Value>,
  hidden: ReadonlySet<string> | undefined,
  seen: Set<Value>,
): [string, Tensor][] {
  const own: [string, Tensor][] = [];
  attributes.forEach((value, name) => {
    if (value === null || typeof value !== 'object') return;
    if (!(value instanceof Tensor) || !value.parameter || seen.has(value) || hidden?.has(name)) return;
    seen.add(value);
    own.push([name, value]);
  });
  return own;
}

function count(totals: CollectedTotals, { spec, macs }: Counted): void {
  totals.macs += macs;
  if (spec.kind !== 'elementwise') totals.layers++;
}

type Named = Pick<LayerInstance, 'entry' | 'framework'>;
type Counted = Pick<LayerState, 'spec' | 'uses' | 'macs' | 'input' | 'output'>;

function layerFor(
  path: string,
  module: Instance,
  state: LayerState,
  { shapes, settings }: OwnParts,
  params: number,
  named: Named,
): CollectedLayer {
  const { spec } = state;
  const place = spec.suffix === undefined ? path : path === '' ? spec.suffix : `${path}.${spec.suffix}`;
  const facts = factsOf(place, state, settings, shapes, params, named);
  return { facts, calls: callsOf(module.madeAt) };
}

/** What a parameter counts that no product was seen with. */
const unused: Counted = {
  spec: { op: 'Parameter', kind: 'elementwise', settings: [] },
  uses: 0,
  macs: 0,
  input: undefined,
  output: undefined,
};

function bareParameter(path: string, name: string, tensor: Tensor, counted: Counted, named: Named): CollectedLayer {
  const { shape, madeAt } = tensor;
  const facts = factsOf(path, counted, {}, { [name]: shapeOf(shape) }, elementsOf(shape), named);
  return { facts, calls: callsOf(madeAt) };
}

function factsOf(
  path: string,
  { spec: { op, kind }, input, output, uses, macs }: Counted,
  settings: LayerInstance['settings'],
  parameters: LayerInstance['parameters'],
  params: number,
  { entry, framework }: Named,
): CollectedLayer['facts'] {
  return {
    path,
    op,
    kind,
    framework,
    entry,
    settings,
    parameters,
    input: input === undefined ? null : shapeOf(input),
    output: output === undefined ? null : shapeOf(output),
    uses,
    params: countOf(params),
    macs: countOf(macs),
  };
}

/** As the outside sees it: unknown sizes as `null`. */
export function shapeOf(dims: Dims): Shape {
  return dims.includes(NaN) ? dims.map(countOf) : dims;
}

export function countOf(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}

function settingsOf(
  attributes: ReadonlyMap<string, Value>,
  settings: LayerSpec['settings'],
): Record<string, ArgumentValue> {
  const told: Record<string, ArgumentValue> = {};
  for (const name of settings) told[name] = plain(attributes.get(name) ?? null);
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
  if (frame.calls === undefined) {
    const calls: CallNode[] = [];
    for (let at: Frame | undefined = frame; at !== undefined; at = at.parent) calls.push(at.node);
    frame.calls = calls;
  }
  return frame.calls;
}
