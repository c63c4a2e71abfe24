import { GraphBuilder } from '../onnx/graphBuilder';
import { makeNode, makeValueInfo } from '../onnx/graph';
import type { Model } from '../onnx/model';
import { dataTypeCode } from '../onnx/tensorProto';
import { int64 } from '../tensor/tensor';

/**
 * A copy of a block that gives one element of each of its results. The binding copies every output (200 kB take 0.13 ms, as
 * long as a convolution), which inside a whole model nobody does.
 */
export function withSmallOutputs(block: Model): Model {
  const copy = block.clone();
  const { graph } = copy;
  const constant = (stem: string, values: readonly number[]): string => {
    const name = graph.uniqueName(stem);
    graph.setWeight(name, int64([values.length], values));
    return name;
  };
  const [all, first, second] = [constant('all', [-1]), constant('first', [0]), constant('second', [1])];
  graph.proto.output = graph.outputs.map((output) => {
    const flat = graph.uniqueName(`${output.name}:flat`);
    const element = graph.uniqueName(`${output.name}:element`);
    // Slice took its bounds as attributes before version 10 of the operator set, Reshape its shape before 5.
    const slice =
      copy.opset() >= 10
        ? makeNode('Slice', [flat, first, second], [element])
        : makeNode('Slice', [flat], [element], { starts: [0], ends: [1] });
    const reshape =
      copy.opset() >= 5
        ? makeNode('Reshape', [output.name, all], [flat])
        : makeNode('Reshape', [output.name], [flat], { shape: [-1] });
    graph.insert([reshape, slice]);
    const type = output.type?.value;
    const code = type?.case === 'tensorType' ? type.value.elemType : dataTypeCode('float32');
    const info = makeValueInfo(element, 'float32', [1]);
    if (info.type?.value.case === 'tensorType') info.type.value.value.elemType = code;
    return info;
  });
  graph.prune();
  return copy;
}

/** A model that does next to nothing: what it takes is the cost of a call, which a block inside a model does not have. */
export function emptyModel(): Model {
  const builder = new GraphBuilder();
  builder.output('y', 'float32', [1], builder.op('Relu', [builder.input('x', 'float32', [1])]));
  return builder.model;
}
