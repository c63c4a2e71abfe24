import { create } from '@bufbuild/protobuf';
import { ValueInfoProtoSchema } from '../onnx/generated/onnx_pb';
import { dimsOf, makeValueInfo, type Dim } from '../onnx/graph';
import type { Model } from '../onnx/model';
import { elementType } from '../onnx/tensorProto';
import type { ElementType } from '../tensor/tensor';
import { Session } from './session';

export interface InferredShape {
  readonly type: ElementType;
  /** Sizes, or the names of sizes known only at run time. */
  readonly dims: readonly (number | string)[];
}

/** Float weights with more elements than this are replaced by inputs of the same shape: their values don't matter. */
const standInElements = 4096;

/**
 * Types and shapes of every value of a model, as the runtime infers them: the graph is loaded, unoptimised, with each
 * value listed as an output; nothing runs and no large weight is read.
 * @param inputDims sizes for inputs whose declared dimensions are to be replaced (a batch, an image size)
 */
export async function inferShapes(
  model: Model,
  inputDims: Readonly<Record<string, readonly number[]>> = {},
): Promise<Map<string, InferredShape>> {
  const probe = model.clone();
  const { graph } = probe;
  const shapes = new Map<string, InferredShape>();
  for (const [name, weight] of [...graph.weights]) {
    const type = weight.elementType;
    if (!type) continue;
    shapes.set(name, { type, dims: weight.dims });
    if (weight.elements <= standInElements || !type.includes('float')) continue;
    graph.removeWeight(name);
    graph.proto.input.push(makeValueInfo(name, type, weight.dims));
  }
  graph.changed();
  const given = new Map(Object.entries(inputDims));
  graph.proto.input = graph.proto.input.map((input) => {
    const dims = given.get(input.name);
    const code = input.type?.value.case === 'tensorType' ? input.type.value.value.elemType : 0;
    return dims ? makeValueInfo(input.name, elementType(code) ?? 'float32', dims) : input;
  });
  const replaced = given.size > 0;
  graph.proto.valueInfo = [];
  const values = new Set(graph.nodes.flatMap((node) => node.output).filter((value) => value !== ''));
  // Declared output shapes may be for another batch; the runtime infers them all the same.
  graph.proto.output = [...values].map((name) => create(ValueInfoProtoSchema, { name }));
  const session = await Session.create(probe, { optimization: 'disabled' });
  try {
    for (const { name, type, dims } of [...session.inputs, ...session.outputs]) shapes.set(name, { type, dims });
  } finally {
    await session.dispose();
  }
  if (!replaced) {
    for (const info of model.graph.inputs) {
      const known: readonly Dim[] | undefined = dimsOf(info);
      const type = info.type?.value.case === 'tensorType' ? elementType(info.type.value.value.elemType) : undefined;
      if (known && type && !shapes.has(info.name))
        shapes.set(info.name, { type, dims: known.map((dim) => dim ?? '?') });
    }
  }
  return shapes;
}
