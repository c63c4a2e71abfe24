import { create } from '@bufbuild/protobuf';
import type { MaskedLayer, MixedRank } from '../methods/shared/method';
import { FunctionProtoSchema, OperatorSetIdProtoSchema } from '../onnx/generated/onnx_pb';
import { makeNode, makeValueInfo } from '../onnx/graph';
import type { Model } from '../onnx/model';
import { float32, type Tensor } from '../tensor/tensor';
import type { SearchSite } from './sites';
import type { Space } from './space';

/** Names of the values that a supernet adds to its model; the prefix keeps them apart from names in models. */
export const supernetValue = {
  /** Selection probabilities of a site, [A]; an input of a supernet that is not searched. */
  probabilities: (index: number): string => `search:probabilities/${index}`,
  /** Selection logits of a site, a weight [A]. */
  logits: (index: number): string => `search:logits/${index}`,
  /** Gumbel noise of a site, an input [A]. */
  noise: (index: number): string => `search:noise/${index}`,
  /** Temperature of the Gumbel softmax, a scalar input. */
  temperature: 'search:temperature',
} as const;

/** A model in which every site computes its weight as a mixture of its choices. */
export interface Supernet {
  readonly model: Model;
  /** In the order of the space's sites. */
  readonly layers: readonly MaskedLayer[];
}

/** Where the selection probabilities come from. */
export type Selection =
  | {
      /** Fed with every run. */
      readonly kind: 'inputs';
    }
  | {
      /** Sampled in the graph from logits, noise and temperature. */
      readonly kind: 'gumbel';
      /** First values of the logits of each site. */
      readonly logits: readonly (readonly number[])[];
      /** One choice at a time (straight-through gradient) instead of the mixture. */
      readonly hard: boolean;
    };

/**
 * A copy of the model in which the weight of every site is the mixture of its truncations (a mask on the factors): one
 * convolution per layer and no stored candidate, however many choices there are (docs/haloc.md, The mask).
 *
 * With `gumbel`, p = softmax((logits + noise) / temperature), and hard p = onehot(argmax p) + p - stopGradient(p):
 * exactly one-hot in the forward pass, the gradient of the softmax in the backward pass.
 */
export function makeSupernet(
  source: Model,
  space: Space,
  sites: readonly SearchSite[],
  selection: Selection,
): Supernet {
  const model = source.clone();
  const layers = sites.map(({ site, method, factors }, i) => {
    const ranks = space.sites[i].choices.map(({ choice }): MixedRank =>
      choice.kind === 'keep' ? 'keep' : choice.rank,
    );
    addSelection(model, i, ranks.length, selection);
    return method.masked(model, site, factors, ranks, supernetValue.probabilities(i));
  });
  return { model, layers };
}

function addSelection(model: Model, index: number, choices: number, selection: Selection): void {
  const { graph } = model;
  const probabilities = supernetValue.probabilities(index);
  if (selection.kind === 'inputs') {
    graph.proto.input.push(makeValueInfo(probabilities, 'float32', [choices]));
    graph.changed();
    return;
  }
  const { temperature } = supernetValue;
  const logits = supernetValue.logits(index);
  const noise = supernetValue.noise(index);
  if (index === 0) graph.proto.input.push(makeValueInfo(temperature, 'float32', []));
  graph.proto.input.push(makeValueInfo(noise, 'float32', [choices]));
  graph.setWeight(logits, float32([choices], selection.logits[index]));
  const name = (step: string): string => `search:${step}/${index}`;
  const soft = selection.hard ? name('soft') : probabilities;
  const nodes = [
    makeNode('Add', [logits, noise], [name('noisy')]),
    makeNode('Div', [name('noisy'), temperature], [name('cooled')]),
    makeNode('Softmax', [name('cooled')], [soft], { axis: 0 }),
  ];
  if (selection.hard) {
    declareStopGradient(model);
    nodes.push(
      makeNode('Hardmax', [soft], [name('onehot')], { axis: 0 }),
      makeNode('StopGradient', [name('onehot')], [name('chosen')], {}, { domain: layerwiseDomain }),
      makeNode('StopGradient', [soft], [name('still')], {}, { domain: layerwiseDomain }),
      // soft - still is exactly 0, so that the forward pass sees exactly one choice.
      makeNode('Sub', [soft, name('still')], [name('slope')]),
      makeNode('Add', [name('chosen'), name('slope')], [probabilities]),
    );
  }
  graph.insert(nodes, graph.nodes[0]);
}

/** Domain of the operators that gradient rules know and the runtime does not. */
const layerwiseDomain = 'layerwise';

const functionsIrVersion = 8n;

/** Defines StopGradient inside the model as the identity, so that any runtime can load it; its gradient rule writes none. */
function declareStopGradient(model: Model): void {
  const { proto } = model;
  if (proto.functions.some((known) => known.domain === layerwiseDomain && known.name === 'StopGradient')) return;
  model.importOpset(layerwiseDomain, 1);
  proto.functions.push(
    create(FunctionProtoSchema, {
      name: 'StopGradient',
      domain: layerwiseDomain,
      input: ['x'],
      output: ['y'],
      node: [makeNode('Identity', ['x'], ['y'])],
      opsetImport: [create(OperatorSetIdProtoSchema, { domain: '', version: BigInt(model.opset()) })],
    }),
  );
  // Local functions came with format version 8.
  if (proto.irVersion < functionsIrVersion) proto.irVersion = functionsIrVersion;
}

/** Probabilities that select one of `length` choices. */
export function oneHot(length: number, index: number): Tensor<Float32Array> {
  return float32(
    [length],
    Float32Array.from({ length }, (_, a) => Number(a === index)),
  );
}
