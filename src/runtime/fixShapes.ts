import type { NodeProto } from '../onnx/generated/onnx_pb';
import { dimsOf, makeNode, makeValueInfo } from '../onnx/graph';
import { intAttribute } from '../onnx/attributes';
import { Model } from '../onnx/model';
import { elementType } from '../onnx/tensorProto';
import { int64, sizeOf, type ElementType, type Tensor } from '../tensor/tensor';
import { RuntimeError } from './errors';
import { Session } from './session';
import { inferShapes, type InferredShape } from './shapes';

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
 * A float weight with more elements is a parameter of the network, not a factor in arithmetic on sizes: what is computed
 * from it alone stays in the graph, where it can be trained. The longest such list of factors are Resize's scales.
 */
const sizeArithmeticElements = 8;

/** Results larger than this are not kept as constants; their shape is known without them. */
const constantElements = 1 << 22;

const nondeterministic = new Set([
  'RandomNormal',
  'RandomNormalLike',
  'RandomUniform',
  'RandomUniformLike',
  'Multinomial',
  'Bernoulli',
  'Dropout',
]);

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
  const model = source.clone();
  fixInputs(model, inputDims);
  // An initializer that is also an input has a default that a caller may replace; here it is a constant.
  const { graph } = model;
  graph.proto.input = graph.inputs;
  graph.proto.valueInfo = [];
  model.proto.irVersion = model.proto.irVersion < 4n ? 4n : model.proto.irVersion;
  for (;;) {
    const inferred = await inferShapes(model);
    if (!(await foldOnce(model, inferred))) return { model, shapes: finish(model, inferred) };
  }
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

/** Turns what is known into constants; tells whether there was anything. */
async function foldOnce(model: Model, shapes: ReadonlyMap<string, InferredShape>): Promise<boolean> {
  const { graph } = model;
  const made = new Set<string>();
  const gone: NodeProto[] = [];
  const evaluated: NodeProto[] = [];
  for (const node of graph.nodes) {
    const known = isStandard(node) && sizesOf(node, shapes);
    if (known) {
      graph.setWeight(node.output[0], known);
      made.add(node.output[0]);
      gone.push(node);
    } else if (isArithmetic(node, model, made) && isSmall(node, shapes)) {
      for (const value of node.output) if (value) made.add(value);
      evaluated.push(node);
    }
  }
  for (const [value, tensor] of Object.entries(await evaluate(model, evaluated))) graph.setWeight(value, tensor);
  if (gone.length + evaluated.length === 0) return false;
  graph.remove([...gone, ...evaluated]);
  keepOutputs(model, made);
  graph.prune();
  return true;
}

/** What a Shape or Size node gives when the shape of its input is known. */
function sizesOf(node: NodeProto, shapes: ReadonlyMap<string, InferredShape>): Tensor | undefined {
  if (node.opType !== 'Shape' && node.opType !== 'Size') return undefined;
  const dims = shapes.get(node.input[0])?.dims;
  if (!dims || !isStatic(dims)) return undefined;
  if (node.opType === 'Size') return int64([], [sizeOf(dims)]);
  const slice = dims.slice(intAttribute(node, 'start', 0), intAttribute(node, 'end', dims.length));
  return int64([slice.length], slice);
}

function isArithmetic(node: NodeProto, { graph }: Model, made: ReadonlySet<string>): boolean {
  if (!isStandard(node) || nondeterministic.has(node.opType)) return false;
  if (node.attribute.some((attribute) => attribute.g || attribute.graphs.length > 0)) return false;
  // Kept for an output, see keepOutputs.
  if (node.opType === 'Identity' && graph.isOutput(node.output[0])) return false;
  // Constant nodes that hold a tensor are constants already.
  if (node.opType === 'Constant')
    return node.attribute.every((attribute) => /^value_(int|float)s?$/.test(attribute.name));
  return node.input.every((value) => {
    if (value === '' || made.has(value)) return true;
    const constant = graph.constant(value);
    if (!constant?.elementType) return false;
    return !constant.elementType.includes('float') || constant.elements <= sizeArithmeticElements;
  });
}

function isStandard(node: NodeProto): boolean {
  return node.domain === '' || node.domain === 'ai.onnx';
}

function isSmall(node: NodeProto, shapes: ReadonlyMap<string, InferredShape>): boolean {
  return node.output.every((value) => {
    const dims = shapes.get(value)?.dims;
    return !dims || !isStatic(dims) || sizeOf(dims) <= constantElements;
  });
}

/** Values of nodes whose inputs are all constants, computed by the runtime. */
async function evaluate(model: Model, nodes: readonly NodeProto[]): Promise<Record<string, Tensor>> {
  if (nodes.length === 0) return {};
  const probe = Model.empty('constants', {});
  probe.proto.opsetImport = model.proto.opsetImport;
  const { graph } = probe;
  const values = nodes.flatMap((node) => node.output).filter((value) => value !== '');
  const computed = new Set(values);
  for (const value of nodes.flatMap((node) => node.input)) {
    const constant = value === '' || computed.has(value) ? undefined : model.graph.constant(value);
    if (constant) graph.setWeight(value, constant.tensor());
  }
  graph.insert(nodes);
  for (const name of values) graph.proto.output.push(makeValueInfo(name, 'float32', undefined));
  for (const output of graph.proto.output) output.type = undefined;
  const session = await Session.create(probe, { optimization: 'disabled' });
  try {
    return await session.run({});
  } finally {
    await session.dispose();
  }
}

/** An output of the model that became a constant still needs a node: a graph's output can't be an initializer everywhere. */
function keepOutputs(model: Model, made: ReadonlySet<string>): void {
  const { graph } = model;
  for (const { name } of graph.outputs) {
    const weight = made.has(name) ? graph.weights.get(name) : undefined;
    if (!weight) continue;
    const constant = graph.uniqueName(`${name}_constant`);
    graph.setWeight(constant, weight.tensor());
    graph.removeWeight(name);
    graph.replaceUses(name, constant);
    graph.insert([makeNode('Identity', [constant], [name])]);
  }
}

function isStatic(dims: readonly (number | string)[]): dims is readonly number[] {
  return dims.every((dim) => typeof dim === 'number');
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
