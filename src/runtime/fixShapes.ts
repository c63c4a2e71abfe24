import type { NodeProto } from '../onnx/generated/onnx_pb';
import { dimsOf, makeValueInfo } from '../onnx/graph';
import type { Model } from '../onnx/model';
import { elementType } from '../onnx/tensorProto';
import type { ElementType } from '../tensor/tensor';
import { RuntimeError } from './errors';
import { foldSizes, isStatic } from './foldSizes';
import type { InferredShape } from './shapes';

export interface StaticShape {
  readonly type: ElementType;
  readonly dims: readonly number[];
}

export interface FixedModel {
  /** The copy: inputs of fixed sizes, no shape arithmetic left. */
  readonly model: Model;
  /** Type and sizes of every value: inputs, weights, and results of every node. */
  readonly shapes: Map<string, StaticShape>;
}

/**
 * The model for one size of its inputs: every input gets the given dimensions and all that follows from them (Shape,
 * Gather, Concat, ... on integers) becomes constants, so that each value has a known shape.
 * @param inputDims dimensions by input name; inputs that are left out must be declared with fixed sizes
 * Throws a RuntimeError (`badInput`, `unknownShape`) that names the value when a shape stays unknown.
 */
export async function fixShapes(
  source: Model,
  inputDims: Readonly<Record<string, readonly number[]>> = {},
): Promise<FixedModel> {
  const model = withFixedInputs(source, inputDims);
  return { model, shapes: finish(model, await foldSizes(model)) };
}

/**
 * Shapes of a model's values for one size of its inputs, as far as they do not depend on the data: like `inferShapes`, which
 * does not calculate with sizes. Values that are only such arithmetic may be left out.
 * Throws a RuntimeError (`badInput`) when the size of an input is not given.
 */
export function settledShapes(
  source: Model,
  inputDims: Readonly<Record<string, readonly number[]>>,
): Promise<ReadonlyMap<string, InferredShape>> {
  return foldSizes(withFixedInputs(source, inputDims));
}

function withFixedInputs(source: Model, inputDims: Readonly<Record<string, readonly number[]>>): Model {
  const model = source.clone();
  fixInputs(model, inputDims);
  // An initializer that is also an input has a default that a caller may replace; here it is a constant.
  const { graph } = model;
  graph.proto.input = graph.inputs;
  graph.proto.valueInfo = [];
  graph.changed();
  model.proto.irVersion = model.proto.irVersion < 4n ? 4n : model.proto.irVersion;
  return model;
}

function fixInputs(model: Model, inputDims: Readonly<Record<string, readonly number[]>>): void {
  const { graph } = model;
  const names = graph.inputs.map((input) => input.name);
  for (const name of Object.keys(inputDims)) {
    if (!names.includes(name)) {
      throw new RuntimeError(
        'badInput',
        `The model has no input named ${name}.`,
        `Its inputs are: ${names.join(', ')}.`,
      );
    }
  }
  graph.proto.input = graph.proto.input.map((input) => {
    if (graph.weights.has(input.name)) return input;
    const declared = dimsOf(input);
    const dims = inputDims[input.name] ?? declared;
    if (!dims?.every((dim) => typeof dim === 'number')) {
      throw new RuntimeError(
        'badInput',
        `Input ${input.name} has sizes that are known only at run time (${describe(declared)}).`,
        'Say which sizes to use for it.',
      );
    }
    if (declared && declared.length !== dims.length) {
      throw new RuntimeError(
        'badInput',
        `Input ${input.name} has ${declared.length} dimensions (${describe(declared)}) and was given ${dims.length}.`,
        'Give one size for each dimension.',
      );
    }
    const code = input.type?.value.case === 'tensorType' ? input.type.value.value.elemType : 0;
    const type = elementType(code);
    if (!type) {
      throw new RuntimeError(
        'unsupportedType',
        `Input ${input.name} is not a tensor of numbers.`,
        'Choose another model.',
      );
    }
    return makeValueInfo(input.name, type, dims);
  });
}

function describe(dims: readonly (number | string | undefined)[] | undefined): string {
  return dims ? `[${dims.map((dim) => dim || '?').join(', ')}]` : 'of unknown rank';
}

/** The shapes as numbers, and the model's outputs declared with them. */
function finish(model: Model, inferred: ReadonlyMap<string, InferredShape>): Map<string, StaticShape> {
  const { graph } = model;
  const shapes = new Map<string, StaticShape>();
  const values = [...graph.inputs.map((input) => input.name), ...graph.weights.keys()];
  for (const value of [...values, ...graph.nodes.flatMap((node) => node.output)]) {
    if (value === '') continue;
    const shape = inferred.get(value);
    if (shape && isStatic(shape.dims)) shapes.set(value, { type: shape.type, dims: shape.dims });
    else if (!graph.weights.has(value)) throw unknownShape(value, graph.producer(value), shape);
  }
  graph.proto.output = graph.proto.output.map((output) => {
    const shape = shapes.get(output.name);
    return shape ? makeValueInfo(output.name, shape.type, shape.dims) : output;
  });
  return shapes;
}

function unknownShape(value: string, node: NodeProto | undefined, shape: InferredShape | undefined): RuntimeError {
  const by = node ? `, computed by ${node.name ? `node ${node.name} (${node.opType})` : node.opType},` : '';
  return new RuntimeError(
    'unknownShape',
    `The shape of value ${value}${by} depends on the data, not only on the input sizes (${describe(shape?.dims)}).`,
    'Such a model can be inspected and measured but not trained.',
  );
}
