import { setAttribute } from '../../onnx/attributes';
import type { NodeProto } from '../../onnx/generated/onnx_pb';
import { makeNode } from '../../onnx/graph';
import type { Model } from '../../onnx/model';
import { castTo, toFloat64 } from '../../tensor/convert';
import { leadingColumns, transpose, type Matrix } from '../../tensor/matrix';
import { float64, reshape } from '../../tensor/tensor';
import type { Choice } from '../shared/choice';
import { MethodError } from '../shared/errors';
import { Insertion } from '../shared/insertion';
import { dropUnused } from '../shared/layerKernel';
import type { AppliedLayer, FactorTensors } from '../shared/method';
import { keepMetadata } from '../shared/nodeMetadata';
import type { Site } from '../shared/site';
import { matrixLayer, type MatrixLayer } from './matrixLayer';

/**
 * Replaces a layer y = W x by t = Vᵀ x and y = U t, with the bias on the second. Throws a MethodError when the factors do
 * not fit the layer.
 */
export function applySvd(model: Model, site: Site, choice: Choice, factors: FactorTensors): AppliedLayer {
  const { name } = site.layer;
  if (choice.kind === 'keep') return { layer: name, choice };
  const layer = matrixLayer(model, name);
  if (factors.u.dims[0] !== layer.output || factors.v.dims[0] !== layer.inputs || choice.rank < 1) {
    throw new MethodError(
      `The factors do not fit layer ${name}, whose weight is ${layer.output}x${layer.inputs}, at rank ${choice.rank}.`,
      'The plan may have been made for another model; search again.',
      name,
    );
  }
  const u = leadingColumns(toFloat64(factors.u), choice.rank);
  const v = leadingColumns(toFloat64(factors.v), choice.rank);
  const made = new Insertion(model, name);
  const parts = layer.node.opType === 'Conv' ? convolutions(made, layer, u, v) : products(made, layer, u, v);
  made.place(layer.node);
  model.graph.remove([layer.node]);
  dropUnused(model.graph, layer.source);
  return {
    layer: name,
    choice,
    nodes: { v: parts.first.name, u: parts.last.name },
    weights: { v: parts.vWeight, u: parts.uWeight },
  };
}

interface Parts {
  readonly first: NodeProto;
  readonly last: NodeProto;
  readonly vWeight: string;
  readonly uWeight: string;
}

/**
 * Stride and padding stay on the first 1x1 convolution: after a stride the second has fewer places to compute, and
 * padded zeros give zeros where there is no bias yet.
 */
function convolutions(made: Insertion, { node, source, type }: MatrixLayer, u: Matrix, v: Matrix): Parts {
  const window = source.weight.dims.slice(2);
  const [output, rank] = u.dims;
  const vWeight = made.weight('v.weight', castTo(reshape(transpose(v), [rank, v.dims[0], ...window]), type));
  const uWeight = made.weight('u.weight', castTo(reshape(u, [output, rank, ...window]), type));
  const first = part(made, node, 'v', 'Conv', [node.input[0], vWeight]);
  first.attribute = [...node.attribute];
  const last = part(made, node, 'u', 'Conv', [first.output[0], uWeight, ...node.input.slice(2)], node.output[0]);
  setAttribute(last, 'kernel_shape', window);
  made.add(first);
  made.add(last);
  return { first, last, vWeight, uWeight };
}

/** Both products are of the node's own operator; for a Gemm the first transposes the data, the second scales and adds. */
function products(made: Insertion, layer: MatrixLayer, u: Matrix, v: Matrix): Parts {
  const { node, input, type, readsOutputFirst } = layer;
  const weightFlag = input === 0 ? 'transA' : 'transB';
  const dataFlag = input === 0 ? 'transB' : 'transA';
  const vWeight = made.weight('v.weight', castTo(input === 0 ? transpose(v) : v, type));
  const uWeight = made.weight('u.weight', castTo(readsOutputFirst ? u : transpose(u), type));
  const sides = (weight: string, value: string): string[] => (input === 0 ? [weight, value] : [value, weight]);
  const first = part(made, node, 'v', node.opType, sides(vWeight, node.input[1 - input]));
  first.attribute = node.attribute.filter(({ name }) => ![weightFlag, 'alpha', 'beta'].includes(name));
  if (node.opType === 'Gemm' && made.opset < optionalSummand)
    first.input.push(made.weight('zero', castTo(float64([]), type)));
  const last = part(
    made,
    node,
    'u',
    node.opType,
    [...sides(uWeight, first.output[0]), ...node.input.slice(2)],
    node.output[0],
  );
  last.attribute = node.attribute.filter(({ name }) => name !== dataFlag);
  made.add(first);
  made.add(last);
  return { first, last, vWeight, uWeight };
}

/** The operator set in which what a Gemm adds became optional. */
const optionalSummand = 11;

function part(
  made: Insertion,
  node: NodeProto,
  label: string,
  opType: string,
  inputs: readonly string[],
  output: string = made.name(`${label}.output`),
): NodeProto {
  return keepMetadata(makeNode(opType, inputs, [output], {}, { name: made.name(label), domain: node.domain }), node);
}
