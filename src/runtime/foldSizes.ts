import { clone } from '@bufbuild/protobuf';
import { intAttribute } from '../onnx/attributes';
import { NodeProtoSchema, type NodeProto } from '../onnx/generated/onnx_pb';
import { makeNode, makeValueInfo, dimsOf, type Graph } from '../onnx/graph';
import { Model } from '../onnx/model';
import { shallowCopy } from '../onnx/shallowCopy';
import { readsOf } from '../onnx/scopes';
import { elementType } from '../onnx/tensorProto';
import { Weight } from '../onnx/weight';
import { int64, sizeOf, type Tensor } from '../tensor/tensor';
import { Session } from './session';
import { inferShapes, type InferredShape } from './shapes';

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

/** Operators on values that are no tensors: they can't be kept as constants. */
const notTensors = /Sequence|Optional/;

/**
 * Turns all arithmetic on sizes (Shape, Gather, Concat, ... on integers) of a model with inputs of fixed sizes into constants,
 * in place, and gives type and shape of every value; sizes that depend on the data stay open.
 */
export async function foldSizes(model: Model): Promise<Map<string, InferredShape>> {
  const folding = new SizeFolding(model);
  await folding.run();
  return folding.finish();
}

/**
 * The runtime's inference stops where a size is calculated. So the graph is taken in parts, each up to the nodes that wait for
 * such a size: the part is inferred, what it calculates becomes constants, and the next part begins there. Every node is
 * inferred once, however deep the graph is.
 */
class SizeFolding {
  private readonly shapes = new Map<string, InferredShape>();
  private readonly constants = new Map<string, Tensor>();
  private readonly folded: NodeProto[] = [];
  private readonly graph: Graph;
  /** Values that are calculated from sizes and constants alone, and by which node. */
  private readonly calculated = new Map<string, NodeProto>();
  private readonly done = new Set<NodeProto>();
  private pending: readonly NodeProto[];

  constructor(private readonly model: Model) {
    this.graph = model.graph;
    for (const input of this.graph.inputs) {
      const type = elementType(input.type?.value.case === 'tensorType' ? input.type.value.value.elemType : 0);
      const dims = dimsOf(input)?.map((dim) => dim ?? '');
      if (type && dims) this.know(input.name, { type, dims });
    }
    for (const [name, weight] of this.graph.weights) {
      if (weight.elementType) this.shapes.set(name, { type: weight.elementType, dims: weight.dims });
    }
    for (const node of this.graph.nodes) {
      if (!isSizeOf(node) && !this.isArithmetic(node, (value) => this.calculated.has(value))) continue;
      for (const value of node.output) if (value) this.calculated.set(value, node);
    }
    this.pending = this.graph.nodes;
  }

  async run(): Promise<void> {
    for (let part = this.nextPart(); part.length > 0; part = this.nextPart()) {
      await this.infer(part);
      await this.fold(part);
    }
  }

  /** Puts the constants into the graph. What nobody could settle is inferred as far as it goes. */
  async finish(): Promise<Map<string, InferredShape>> {
    const { graph, shapes } = this;
    if (this.folded.length > 0) {
      for (const [value, tensor] of this.constants) graph.setWeight(value, tensor);
      graph.remove(this.folded);
      keepOutputs(graph, this.constants);
      graph.prune();
    }
    const open = graph.nodes.some((node) => node.output.some((value) => value !== '' && !shapes.has(value)));
    const rest = open ? await inferShapes(this.model) : [];
    return new Map([...rest, ...shapes]);
  }

  private know(value: string, shape: InferredShape | undefined): void {
    if (shape && isStatic(shape.dims)) this.shapes.set(value, shape);
  }

  /** The nodes all of whose inputs are known or computed in the same part, but for those that wait for a calculated size. */
  private nextPart(): NodeProto[] {
    const computed = new Set<string>();
    const part: NodeProto[] = [];
    const later: NodeProto[] = [];
    for (const node of this.pending) {
      const reads = [...readsOf(node)];
      const ready = reads.every((value) => this.isKnown(value) || computed.has(value));
      if (ready && (this.calculated.has(node.output[0]) || !reads.some((value) => this.isAwaited(value)))) {
        part.push(node);
        for (const value of node.output) computed.add(value);
      } else later.push(node);
    }
    this.pending = later;
    return part;
  }

  private isKnown(value: string): boolean {
    return value === '' || this.shapes.has(value) || this.constants.has(value) || this.graph.weights.has(value);
  }

  private isAwaited(value: string): boolean {
    const by = this.calculated.get(value);
    return by !== undefined && !this.done.has(by);
  }

  private async infer(part: readonly NodeProto[]): Promise<void> {
    const inferred = await inferShapes(this.partModel(part));
    for (const node of part) {
      this.done.add(node);
      for (const value of node.output) if (value) this.know(value, inferred.get(value));
    }
  }

  /** The nodes as a model: what others compute as inputs, constants with their values. */
  private partModel(part: readonly NodeProto[]): Model {
    const model = Model.empty('part', {});
    Object.assign(model.proto, {
      irVersion: this.model.proto.irVersion,
      opsetImport: [...this.model.proto.opsetImport],
      functions: [...this.model.proto.functions],
    });
    const computed = new Set(part.flatMap((node) => node.output));
    for (const value of new Set(part.flatMap((node) => [...readsOf(node)]))) {
      if (value === '' || computed.has(value)) continue;
      const tensor = this.constants.get(value);
      const constant = this.graph.constant(value);
      const shape = this.shapes.get(value);
      if (tensor) model.graph.setWeight(value, tensor);
      else if (constant) model.graph.weights.set(value, named(constant, value));
      else if (shape) model.graph.proto.input.push(makeValueInfo(value, shape.type, shape.dims));
    }
    model.graph.insert(part.map((node) => clone(NodeProtoSchema, node)));
    return model;
  }

  private async fold(part: readonly NodeProto[]): Promise<void> {
    const made = new Set<string>();
    const evaluated: NodeProto[] = [];
    for (const node of part) {
      const sizes = this.sizesOf(node);
      if (sizes) {
        this.constants.set(node.output[0], sizes);
        this.folded.push(node);
      } else if (
        this.isArithmetic(node, (value) => made.has(value) || this.constants.has(value)) &&
        this.isSmall(node)
      ) {
        for (const value of node.output) if (value) made.add(value);
        evaluated.push(node);
      }
    }
    for (const [value, tensor] of Object.entries(await this.evaluate(evaluated))) this.constants.set(value, tensor);
    this.folded.push(...evaluated);
  }

  /** What a Shape or Size node gives when the shape of its input is known. */
  private sizesOf(node: NodeProto): Tensor | undefined {
    if (!isSizeOf(node)) return undefined;
    const dims = this.shapes.get(node.input[0])?.dims;
    if (!dims || !isStatic(dims)) return undefined;
    if (node.opType === 'Size') return int64([], [sizeOf(dims)]);
    const slice = dims.slice(intAttribute(node, 'start', 0), intAttribute(node, 'end', dims.length));
    return int64([slice.length], slice);
  }

  private isArithmetic(node: NodeProto, isCalculated: (value: string) => boolean): boolean {
    const { graph } = this;
    if (!isStandard(node) || nondeterministic.has(node.opType) || notTensors.test(node.opType)) return false;
    if (node.attribute.some((attribute) => attribute.g || attribute.graphs.length > 0)) return false;
    // Kept for an output, see keepOutputs.
    if (node.opType === 'Identity' && graph.isOutput(node.output[0])) return false;
    // Constant nodes that hold a tensor are constants already.
    if (node.opType === 'Constant')
      return node.attribute.every((attribute) => /^value_(int|float)s?$/.test(attribute.name));
    return node.input.every((value) => {
      if (value === '' || isCalculated(value)) return true;
      const constant = graph.constant(value);
      if (!constant?.elementType) return false;
      return !constant.elementType.includes('float') || constant.elements <= sizeArithmeticElements;
    });
  }

  private isSmall(node: NodeProto): boolean {
    return node.output.every((value) => {
      const dims = this.shapes.get(value)?.dims;
      return !dims || !isStatic(dims) || sizeOf(dims) <= constantElements;
    });
  }

  /** Values of nodes whose inputs are all constants, computed by the runtime. */
  private async evaluate(nodes: readonly NodeProto[]): Promise<Record<string, Tensor>> {
    if (nodes.length === 0) return {};
    const probe = this.partModel(nodes);
    for (const value of nodes.flatMap((node) => node.output)) {
      if (value !== '') probe.graph.proto.output.push(untyped(value));
    }
    const session = await Session.create(probe, { optimization: 'disabled' });
    try {
      return await session.run({});
    } finally {
      await session.dispose();
    }
  }
}

function untyped(value: string): ReturnType<typeof makeValueInfo> {
  const info = makeValueInfo(value, 'float32', undefined);
  info.type = undefined;
  return info;
}

function named(weight: Weight, name: string): Weight {
  return new Weight(shallowCopy(weight.proto, { name }), weight.range);
}

function isSizeOf(node: NodeProto): boolean {
  return isStandard(node) && (node.opType === 'Shape' || node.opType === 'Size');
}

function isStandard(node: NodeProto): boolean {
  return node.domain === '' || node.domain === 'ai.onnx';
}

/** An output of the model that became a constant still needs a node: a graph's output can't be an initializer everywhere. */
function keepOutputs(graph: Graph, constants: ReadonlyMap<string, Tensor>): void {
  for (const { name } of graph.outputs) {
    const tensor = constants.get(name);
    if (!tensor) continue;
    const constant = graph.uniqueName(`${name}_constant`);
    graph.setWeight(constant, tensor);
    graph.removeWeight(name);
    graph.replaceUses(name, constant);
    graph.insert([makeNode('Identity', [constant], [name])]);
  }
}

export function isStatic(dims: readonly (number | string)[]): dims is readonly number[] {
  return dims.every((dim) => typeof dim === 'number');
}
