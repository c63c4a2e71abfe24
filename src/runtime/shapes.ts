import { create } from '@bufbuild/protobuf';
import { ValueInfoProtoSchema } from '../onnx/generated/onnx_pb';
import { makeNode, makeValueInfo } from '../onnx/graph';
import type { Model } from '../onnx/model';
import { elementType } from '../onnx/tensorProto';
import type { ElementType } from '../tensor/tensor';
import { Session, type ValueMetadata } from './session';

export interface InferredShape {
  readonly type: ElementType;
  /** Sizes, or the names of sizes known only at run time (an empty string where a size has no name). */
  readonly dims: readonly (number | string)[];
}

/** Float weights with more elements than this are replaced by inputs of the same shape: their values don't matter. */
const standInElements = 4096;

/**
 * Types and shapes of the values of a model, as the runtime infers them: the graph is loaded, unoptimised, with each
 * value listed as an output; nothing runs and no large weight is read. Values of unknown rank, and those that are not
 * tensors of numbers, are left out.
 * @param inputDims sizes for inputs whose declared dimensions are to be replaced (a batch, an image size)
 * Throws a RuntimeError when the runtime does not accept the model.
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
  graph.proto.input = graph.proto.input.map((input) => {
    const dims = inputDims[input.name];
    const code = input.type?.value.case === 'tensorType' ? input.type.value.value.elemType : 0;
    return dims ? makeValueInfo(input.name, elementType(code) ?? 'float32', dims) : input;
  });
  graph.proto.valueInfo = [];
  graph.changed();
  const values = new Set(graph.nodes.flatMap((node) => node.output).filter((value) => value !== ''));
  const found = await metadataOf(probe, values);
  // The runtime shows a scalar and a value of unknown rank alike.
  const doubtful = found.filter(({ type, dims }) => type !== undefined && dims.length === 0);
  const scalars = doubtful.length > 0 ? await provenScalars(probe, doubtful) : new Set<string>();
  for (const { name, type, dims } of found) {
    if (type !== undefined && (dims.length > 0 || scalars.has(name))) shapes.set(name, { type, dims });
  }
  return shapes;
}

/** Inputs, and the given values, as the runtime knows them. Declared output shapes may be wrong: all are inferred. */
async function metadataOf(probe: Model, values: Iterable<string>): Promise<ValueMetadata[]> {
  probe.graph.proto.output = [...values].map((name) => create(ValueInfoProtoSchema, { name }));
  const session = await Session.create(probe, { optimization: 'disabled' });
  try {
    return [...session.inputs, ...session.outputs];
  } finally {
    await session.dispose();
  }
}

/** Which values are scalars: the shape of a scalar has no element, and that of a value of unknown rank an unknown number. */
async function provenScalars(probe: Model, values: readonly ValueMetadata[]): Promise<Set<string>> {
  const valueOf = new Map(values.map(({ name }) => [probe.graph.uniqueName(`${name}:shape`), name]));
  probe.importOpset('', 1);
  probe.graph.insert([...valueOf].map(([shape, value]) => makeNode('Shape', [value], [shape])));
  const scalars = new Set<string>();
  for (const { name, dims } of await metadataOf(probe, valueOf.keys())) {
    const value = valueOf.get(name);
    if (value !== undefined && dims[0] === 0) scalars.add(value);
  }
  return scalars;
}
