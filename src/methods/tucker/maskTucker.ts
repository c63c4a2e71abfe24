import type { Model } from '../../onnx/model';
import { castTo, toFloat64 } from '../../tensor/convert';
import { float64 } from '../../tensor/tensor';
import { Insertion } from '../shared/insertion';
import { dropUnused, layerKernel } from '../shared/layerKernel';
import { corePatterns, largestRank } from '../shared/mask';
import type { FactorTensors, MaskedLayer, MixedRank } from '../shared/method';
import { MethodError } from '../shared/errors';
import type { Site } from '../shared/site';
import { truncated } from './hosvd';
import { flattened } from './kernel';

/**
 * Makes the graph compute a convolution's kernel as (M ∘ G) ×_O U ×_I V, which is the mixture of its truncations at
 * `ranks` with the probabilities `mask: [A]` (docs/haloc.md, The mask): memory and time do not grow with the number of ranks. Keep
 * stands for all of the factors, so with complete factors it is the layer's own weight. New weights: `u: [O, ro]`,
 * `core: [ro, ri, ...k]`, `v: [I, ri]`, cut at the largest rank in the mixture.
 */
export function maskTucker(
  model: Model,
  site: Site,
  factors: FactorTensors,
  ranks: readonly MixedRank[],
  mask: string,
): MaskedLayer {
  const { name } = site.layer;
  const { node, source, type } = layerKernel(model, name);
  if (!factors.core) throw new MethodError(`Layer ${name} was given factors without a core.`, 'Fit them again.', name);
  const whole = { u: toFloat64(factors.u), core: flattened(toFloat64(factors.core)), v: toFloat64(factors.v) };
  const { u, core, v } = truncated(whole, largestRank(ranks));
  const [ro, ri, places] = core.dims;
  const [output, input, ...window] = source.weight.dims;
  const made = new Insertion(model, name);
  const weights = {
    u: made.weight('u', castTo(u, type)),
    core: made.weight('core', castTo({ ...core, dims: [ro, ri, ...window] }, type)),
    v: made.weight('v', castTo(v, type)),
  };
  const patterns = float64([ranks.length, ro * ri], corePatterns(ranks, ro, ri));
  const row = made.reshape(mask, [1, ranks.length]);
  const reached = made.op('MatMul', [row, made.weight('patterns', castTo(patterns, type))]);
  const masked = made.op('Mul', [made.reshape(weights.core, [ro, ri, places]), made.reshape(reached, [ro, ri, 1])]);
  // With the window before the input channels both products are one large matrix product each.
  const windowFirst = made.op('Transpose', [masked], { perm: [0, 2, 1] });
  const vt = made.op('Transpose', [weights.v], { perm: [1, 0] });
  const wide = made.op('MatMul', [made.reshape(windowFirst, [ro * places, ri]), vt]);
  const rebuilt = made.op('MatMul', [weights.u, made.reshape(wide, [ro, places * input])]);
  const kernel = made.op('Transpose', [made.reshape(rebuilt, [output, places, input])], { perm: [0, 2, 1] });
  const weight = made.reshape(kernel, [output, input, ...window]);
  made.place(node);
  node.input[1] = weight;
  model.graph.changed();
  dropUnused(model.graph, source);
  return { layer: name, weights };
}
