import type { FactorTensors, MaskedLayer } from '../methods/shared/method';
import { dropUnused, layerKernel } from '../methods/shared/layerKernel';
import { makeValueInfo } from '../onnx/graph';
import type { Model } from '../onnx/model';
import { Session } from '../runtime/session';
import { castTo } from '../tensor/convert';
import type { Tensor } from '../tensor/tensor';
import type { SearchSpace } from './sites';
import type { Picks } from './space';
import { oneHot, supernetValue, type Supernet } from './supernet';

type Weights = ReadonlyMap<string, Tensor<Float32Array>>;

/** What a search hands on besides its picks. */
export interface Inheritance {
  /** The compressed model with trained weights. */
  readonly model: Model;
  /** Trained factors by layer name, up to the largest rank on offer. */
  readonly factors: ReadonlyMap<string, FactorTensors>;
}

/**
 * Makes the picks in a copy of the model with the weights that the supernet was trained to: a rank truncates the trained
 * factors, keep multiplies them out.
 * @param weights trained weights and running statistics of the supernet, by name
 */
export async function inherit(
  source: Model,
  { space, sites }: SearchSpace,
  supernet: Supernet,
  weights: Weights,
  picks: Picks,
): Promise<Inheritance> {
  const model = source.clone();
  for (const [name, tensor] of weights) {
    const type = model.graph.weights.get(name)?.elementType;
    if (type) model.graph.setWeight(name, castTo(tensor, type));
  }
  const factors = new Map(
    supernet.layers.map((layer): [string, FactorTensors] => [layer.layer, trainedFactors(layer, weights)]),
  );
  const choices = space.sites.map((site, i) => site.choices[picks[i]].choice);
  const kept = choices.flatMap((choice, i) => (choice.kind === 'keep' ? [i] : []));
  const values = kept.map((i) => {
    const { node, input } = layerKernel(source, sites[i].site.layer.name);
    // Its weight is computed in the supernet; its output bears the same name there.
    return supernet.model.graph.producer(node.output[0])!.input[input];
  });
  const selected = kept.map((i) => oneHot(space.sites[i].choices.length, picks[i]));
  const multiplied = await multiplyOut(supernet, weights, kept, selected, values);
  for (const [i, { site, method }] of sites.entries()) {
    const { name } = site.layer;
    const choice = choices[i];
    if (choice.kind === 'keep') setKernel(model, name, multiplied[kept.indexOf(i)]);
    else method.apply(model, site, choice, factors.get(name)!);
  }
  return { model, factors };
}

function trainedFactors({ weights: names }: MaskedLayer, weights: Weights): FactorTensors {
  const { u, core, v } = names;
  return { u: weights.get(u)!, ...(core && { core: weights.get(core)! }), v: weights.get(v)! };
}

/**
 * Values of the supernet that depend on nothing but weights and the selections of the sites listed.
 * @param selected probabilities of those sites
 */
async function multiplyOut(
  supernet: Supernet,
  weights: Weights,
  sites: readonly number[],
  selected: readonly Tensor[],
  values: readonly string[],
): Promise<Tensor[]> {
  if (sites.length === 0) return [];
  const probe = supernet.model.clone();
  const { graph } = probe;
  for (const [name, tensor] of weights) {
    const type = graph.weights.get(name)?.elementType;
    if (type) graph.setWeight(name, castTo(tensor, type));
  }
  for (const [k, i] of sites.entries()) {
    const probabilities = supernetValue.probabilities(i);
    const selector = graph.producer(probabilities);
    if (selector) graph.remove([selector]);
    graph.setWeight(probabilities, selected[k]);
  }
  graph.proto.input = [];
  graph.proto.valueInfo = [];
  graph.proto.output = values.map((value) => makeValueInfo(value, 'float32', undefined));
  for (const output of graph.proto.output) output.type = undefined;
  graph.changed();
  graph.prune();
  const session = await Session.create(probe, { optimization: 'basic' });
  try {
    const results = await session.run({});
    return values.map((value) => results[value]);
  } finally {
    await session.dispose();
  }
}

/** Gives a layer another weight, laid out as its node reads it. */
function setKernel(model: Model, layer: string, kernel: Tensor): void {
  const { graph } = model;
  const { node, input, source, type } = layerKernel(model, layer);
  const stored = castTo(kernel, type);
  const own = source.values.length === 1 && graph.weights.has(source.name) && graph.consumers(source.name).length === 1;
  if (own) {
    graph.setWeight(source.name, stored);
    return;
  }
  const name = graph.uniqueName(`${layer}/weight`);
  graph.setWeight(name, stored);
  node.input[input] = name;
  graph.changed();
  dropUnused(graph, source);
}
