import type { Model } from '../../onnx/model';
import { castTo, toFloat64 } from '../../tensor/convert';
import { leadingColumns } from '../../tensor/matrix';
import { float64 } from '../../tensor/tensor';
import { Insertion } from '../shared/insertion';
import { dropUnused } from '../shared/layerKernel';
import { corePatterns, largestRank } from '../shared/mask';
import type { FactorTensors, MaskedLayer, MixedRank } from '../shared/method';
import type { Site } from '../shared/site';
import { matrixLayer } from './matrixLayer';

/**
 * Makes the graph compute a layer's matrix as U diag(m) Vᵀ with m[x] = Σ_{a: r_a > x} p_a, which is the mixture of its
 * truncations at `ranks` with the probabilities `mask: [A]`. Keep stands for all of the factors. New weights:
 * `u: [O, r]`, `v: [I, r]`, cut at the largest rank in the mixture.
 */
export function maskSvd(
  model: Model,
  site: Site,
  factors: FactorTensors,
  ranks: readonly MixedRank[],
  mask: string,
): MaskedLayer {
  const { name } = site.layer;
  const { node, input, source, type, readsOutputFirst } = matrixLayer(model, name);
  const u = leadingColumns(toFloat64(factors.u), largestRank(ranks));
  const v = leadingColumns(toFloat64(factors.v), largestRank(ranks));
  const rank = u.dims[1];
  const made = new Insertion(model, name);
  const weights = { u: made.weight('u', castTo(u, type)), v: made.weight('v', castTo(v, type)) };
  const patterns = castTo(float64([ranks.length, rank], corePatterns(ranks, rank, 1)), type);
  const row = made.reshape(mask, [1, ranks.length]);
  const reached = made.op('MatMul', [row, made.weight('patterns', patterns)]);
  const [left, right] = readsOutputFirst ? [weights.u, weights.v] : [weights.v, weights.u];
  const scaled = made.op('Mul', [left, reached]);
  const product = made.op('MatMul', [scaled, made.op('Transpose', [right], { perm: [1, 0] })]);
  const weight = node.opType === 'Conv' ? made.reshape(product, source.weight.dims) : product;
  made.place(node);
  node.input[input] = weight;
  model.graph.changed();
  dropUnused(model.graph, source);
  return { layer: name, weights };
}
