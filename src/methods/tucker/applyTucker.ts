import type { NodeProto } from '../../onnx/generated/onnx_pb';
import { makeNode } from '../../onnx/graph';
import type { Model } from '../../onnx/model';
import { transpose } from '../../tensor/matrix';
import { castTo, toFloat64 } from '../../tensor/convert';
import { reshape, type Tensor } from '../../tensor/tensor';
import type { Choice } from '../shared/choice';
import { Insertion } from '../shared/insertion';
import { dropUnused, layerKernel } from '../shared/layerKernel';
import { MethodError } from '../shared/errors';
import type { AppliedLayer, FactorTensors } from '../shared/method';
import { keepMetadata } from '../shared/nodeMetadata';
import type { Site } from '../shared/site';
import { truncated } from './hosvd';
import { flattened } from './kernel';

/**
 * Replaces a convolution by three: `v` (1x1, I -> ri), `core` (the original's window, stride, padding and dilation,
 * ri -> ro) and `u` (1x1, ro -> O, with the bias). The padding on the core is exact, as `v` has no bias: it makes zeros
 * of zeros. Throws a MethodError when the factors do not fit the layer.
 */
export function applyTucker(model: Model, site: Site, choice: Choice, factors: FactorTensors): AppliedLayer {
  const { name } = site.layer;
  if (choice.kind === 'keep') return { layer: name, choice };
  const { node, source, type } = layerKernel(model, name);
  const { u, core, v, window } = shaped(name, source.weight.dims, factors, choice.rank);
  const places = window.map(() => 1);
  const made = new Insertion(model, name);
  const put = (label: string, tensor: Tensor<Float64Array>, dims: readonly number[]): string =>
    made.weight(label, castTo(reshape(tensor, dims), type));
  const [ro, ri] = core.dims;
  const weights = {
    v: put('v.weight', transpose(v), [ri, v.dims[0], ...places]),
    core: put('core.weight', core, [ro, ri, ...window]),
    u: put('u.weight', u, [u.dims[0], ro, ...places]),
  };
  const convolution = (label: string, inputs: string[], output: string, like?: NodeProto): NodeProto => {
    const result = makeNode('Conv', inputs, [output], like ? {} : { kernel_shape: places }, {
      name: made.name(label),
      domain: node.domain,
    });
    if (like) result.attribute = [...like.attribute];
    return keepMetadata(result, node);
  };
  const first = convolution('v', [node.input[0], weights.v], made.name('v.output'));
  const middle = convolution('core', [first.output[0], weights.core], made.name('core.output'), node);
  const last = convolution('u', [middle.output[0], weights.u, ...node.input.slice(2)], node.output[0]);
  for (const part of [first, middle, last]) made.add(part);
  made.place(node);
  model.graph.remove([node]);
  dropUnused(model.graph, source);
  return { layer: name, choice, nodes: { v: first.name, core: middle.name, u: last.name }, weights };
}

interface Shaped extends Required<FactorTensors<Tensor<Float64Array>>> {
  readonly window: readonly number[];
}

function shaped(layer: string, weightDims: readonly number[], factors: FactorTensors, rank: number): Shaped {
  const { core } = factors;
  const [output, input, ...window] = weightDims;
  if (!core || factors.u.dims[0] !== output || factors.v.dims[0] !== input || rank < 1) {
    throw new MethodError(
      `The factors do not fit layer ${layer}, whose weight is ${weightDims.join('x')}, at rank ${rank}.`,
      'The plan may have been made for another model; search again.',
      layer,
    );
  }
  const whole = { u: toFloat64(factors.u), core: flattened(toFloat64(core)), v: toFloat64(factors.v) };
  return { ...truncated(whole, rank), window };
}
