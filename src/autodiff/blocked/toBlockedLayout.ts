import { create } from '@bufbuild/protobuf';
import { float, floatAttribute, setAttribute, type AttributeValue } from '../../onnx/attributes';
import { GraphProtoSchema, type NodeProto } from '../../onnx/generated/onnx_pb';
import { Graph, makeNode } from '../../onnx/graph';
import { float32 } from '../../tensor/tensor';
import type { ValueShape } from '../rule';
import { blockedAttribute, blockedDomain, blockedOperator, factorOf, filled } from './operators';
import { paddedShortcuts, type PaddedShortcut } from './shortcuts';
import { blockedBinary, blockedUnary, GraphView } from './patterns';
import { rewritingPays } from './rewritingPays';

export interface BlockedLayoutOptions {
  /** Images in a batch; the layout groups them by `blockSize`. */
  readonly batch: number;
  /** Channels and images that one block holds: 16 with AVX-512, 8 elsewhere. */
  readonly blockSize: number;
}

export interface ShapedGraph {
  readonly graph: Graph;
  readonly shapes: ReadonlyMap<string, ValueShape>;
}

/**
 * Rewrites the convolutional parts of a forward graph to operators of the blocked domain, whose rules are `blockedRules`;
 * where other operators follow or precede, values are converted. Weights and the running statistics keep their ordinary
 * layout, so that whatever updates and stores them need not know.
 * Returns the graph and the shapes it was given when the batch does not consist of whole blocks or when rewriting would
 * not pay. The graph given is not changed.
 * @param graph a forward graph in operator set `buildOpset`, its loss included
 * @param shapes dimensions of every value of the graph
 */
export function toBlockedLayout(
  graph: Graph,
  shapes: ReadonlyMap<string, ValueShape>,
  options: BlockedLayoutOptions,
): ShapedGraph {
  if (options.batch % options.blockSize !== 0) return { graph, shapes };
  const rewriter = new Rewriter(new GraphView(graph, shapes), options);
  const rewritten = rewriter.rewrite();
  return rewritingPays(rewritten.graph, rewritten.shapes) ? rewritten : { graph, shapes };
}

/** A value in the blocked layout. */
interface BlockedValue {
  readonly name: string;
  readonly dims: readonly [number, number, number, number];
}

/** A normalisation that is not written yet, since what reads it may be computed with it. */
interface PendingNormalization {
  readonly node: NodeProto;
  readonly x: BlockedValue;
  residual?: BlockedValue;
}

class Rewriter {
  private readonly graph: Graph;
  private readonly shapes: Map<string, ValueShape>;
  /** Values of the source graph that exist in the blocked layout. */
  private readonly blocked = new Map<string, BlockedValue>();
  private readonly pending = new Map<string, PendingNormalization>();
  /** Values of the source graph that exist in their ordinary layout. */
  private readonly ordinary = new Set<string>();
  /** Blocked convolutions by the value they compute. */
  private readonly convolutions = new Map<string, NodeProto>();
  private readonly phases = new Map<string, NodeProto>();
  private readonly shortcuts: ReadonlyMap<NodeProto, PaddedShortcut>;

  constructor(
    private readonly view: GraphView,
    private readonly options: BlockedLayoutOptions,
  ) {
    this.shortcuts = paddedShortcuts(view);
    const { proto, weights } = view.graph;
    const copy = create(GraphProtoSchema, { name: proto.name, input: [...proto.input], output: [...proto.output] });
    this.graph = new Graph(copy);
    for (const [name, weight] of weights) this.graph.weights.set(name, weight);
    this.shapes = new Map(view.shapes);
    for (const name of weights.keys()) this.ordinary.add(name);
    for (const input of proto.input) this.ordinary.add(input.name);
  }

  rewrite(): ShapedGraph {
    for (const node of this.view.graph.nodes) {
      if (!this.rewriteNode(node)) this.copy(node);
    }
    for (const output of this.view.graph.outputs) this.needOrdinary(output.name);
    this.graph.changed();
    this.graph.prune();
    return { graph: this.graph, shapes: this.shapes };
  }

  private rewriteNode(node: NodeProto): boolean {
    const { view } = this;
    const [x] = node.input;
    if (view.convolution(node)) return this.convolution(node);
    if (this.shortcuts.has(node)) return this.shortcut(node);
    if (!this.isBlocked(x)) return false;
    if (view.isBatchNormalization(node)) return this.normalization(node);
    if (node.opType === 'Add' && this.addToNormalization(node)) return true;
    if (node.opType === 'Relu' && this.reluOfNormalization(node)) return true;
    if (view.isIdentity(node)) return this.alias(node);
    if (view.averagesImage(node)) return this.globalPool(node);
    if (view.poolsPairs(node)) return this.pairPool(node);
    return (blockedUnary.has(node.opType) || blockedBinary.has(node.opType)) && this.elementwise(node);
  }

  private isBlocked(value: string): boolean {
    return this.blocked.has(value) || this.pending.has(value);
  }

  /** A node of the source graph as it is. */
  private copy(node: NodeProto): void {
    for (const value of readValues(node)) this.needOrdinary(value);
    this.append(node);
    for (const value of node.output) this.ordinary.add(value);
  }

  private append(node: NodeProto): void {
    this.graph.proto.node.push(node);
  }

  /** Appends a blocked node whose only result stands for `value` of the source graph. */
  private emit(
    operator: string,
    inputs: readonly string[],
    value: string,
    dims: readonly [number, number, number, number],
    attributes: Readonly<Record<string, AttributeValue>> = {},
    name = '',
  ): BlockedValue {
    const result: BlockedValue = { name: blockedName(value), dims };
    const node = this.blockedNode(operator, inputs, [result.name], attributes, name);
    this.append(node);
    if (operator === blockedOperator.convolution) this.convolutions.set(result.name, node);
    this.shapes.set(result.name, { type: 'float32', dims });
    this.blocked.set(value, result);
    return result;
  }

  private blockedNode(
    operator: string,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
    name = '',
  ): NodeProto {
    const all = { [blockedAttribute.blockSize]: this.options.blockSize, ...attributes };
    return makeNode(operator, inputs, outputs, all, { domain: blockedDomain, name });
  }

  /** Dimensions in the blocked layout of a value `[N, C, H, W]`. */
  private storedDims(value: string, narrow = false): readonly [number, number, number, number] {
    const { blockSize } = this.options;
    const [images, channels, height, width] = this.view.dims(value);
    return [images / blockSize, narrow ? channels : filled(channels, blockSize), height, width * blockSize];
  }

  private needOrdinary(value: string): void {
    if (this.ordinary.has(value) || !this.isBlocked(value)) return;
    const source = this.needBlocked(value);
    const attributes = { [blockedAttribute.channels]: this.view.dims(value)[1] };
    this.append(this.blockedNode(blockedOperator.fromBlocked, [source.name], [value], attributes));
    this.ordinary.add(value);
  }

  /** The value in the blocked layout, converted where it has only its ordinary one. */
  private needBlocked(value: string): BlockedValue {
    const pending = this.pending.get(value);
    if (pending) return this.writeNormalization(value, pending, false);
    const known = this.blocked.get(value);
    if (known) return known;
    // Images fed to the graph, with a few colours, are not filled up: a kernel takes them as they are.
    const fed = !this.view.graph.producer(value) && !this.view.graph.weights.has(value);
    const narrow = fed && this.view.dims(value)[1] < this.options.blockSize;
    return this.emit(blockedOperator.toBlocked, [value], value, this.storedDims(value, narrow));
  }

  private convolution(node: NodeProto): boolean {
    const { stride } = this.view.convolution(node)!;
    const [x, weights, bias] = node.input;
    if (this.view.dims(x)[0] !== this.options.batch) return false;
    const narrow = !this.isBlocked(x) && this.storedDims(x)[1] !== this.view.dims(x)[1];
    // A narrow image has no phases; strided stems stay in the ordinary layout.
    if (stride === 2 && narrow) return false;
    this.needOrdinary(weights);
    if (bias) this.needOrdinary(bias);
    const source = this.needBlocked(x);
    const inputs = stride === 1 ? [source.name] : this.phasesOf(source, this.view.dims(weights)[2] === 1 ? 1 : 4);
    const [y] = node.output;
    const operands = [...inputs, weights, ...(bias ? [bias] : [])];
    this.emit(blockedOperator.convolution, operands, y, this.storedDims(y), {}, node.name);
    return true;
  }

  /** Names of the four phases of a value; those beyond the first `count` are '' unless something else needs them. */
  private phasesOf(source: BlockedValue, count: 1 | 4): string[] {
    let node = this.phases.get(source.name);
    if (!node) {
      node = this.blockedNode(blockedOperator.phases, [source.name], [`${source.name}:phase0`, '', '', '']);
      this.phases.set(source.name, node);
      this.append(node);
    }
    for (let i = 0; i < count; i++) node.output[i] = `${source.name}:phase${i}`;
    const [imageBlocks, channels, height, width] = source.dims;
    const dims = [imageBlocks, channels, height / 2, width / 2];
    for (const phase of node.output) if (phase) this.shapes.set(phase, { type: 'float32', dims });
    return Array.from({ length: 4 }, (_, i) => (i < count ? node.output[i] : ''));
  }

  private normalization(node: NodeProto): boolean {
    const [x, ...vectors] = node.input;
    for (const vector of vectors) this.needOrdinary(vector);
    const [y] = node.output;
    this.pending.set(y, { node, x: this.needBlocked(x) });
    const reader = this.view.onlyReader(y);
    if (reader?.opType !== 'Relu' && reader?.opType !== 'Add') this.needBlocked(y);
    return true;
  }

  private addToNormalization(node: NodeProto): boolean {
    const [y] = node.output;
    const [a, b] = node.input;
    if (a === b || !this.isBlocked(a) || !this.isBlocked(b) || !this.view.sameDims(a, b)) return false;
    // Of two normalisations the later one takes up the other's result.
    const fused = [b, a].find((value) => this.pending.get(value) && !this.pending.get(value)!.residual);
    if (fused === undefined) return false;
    const pending = this.pending.get(fused)!;
    this.pending.delete(fused);
    pending.residual = this.needBlocked(fused === a ? b : a);
    this.pending.set(y, pending);
    if (this.view.onlyReader(y)?.opType !== 'Relu') this.needBlocked(y);
    return true;
  }

  private reluOfNormalization(node: NodeProto): boolean {
    const pending = this.pending.get(node.input[0]);
    if (!pending) return false;
    this.pending.delete(node.input[0]);
    this.writeNormalization(node.output[0], pending, true);
    return true;
  }

  private writeNormalization(value: string, { node, x, residual }: PendingNormalization, relu: boolean): BlockedValue {
    this.pending.delete(value);
    const attributes: Record<string, AttributeValue> = {
      [blockedAttribute.relu]: relu ? 1 : 0,
      epsilon: float(floatAttribute(node, 'epsilon', 1e-5)),
      momentum: float(floatAttribute(node, 'momentum', 0.9)),
    };
    const inputs = [x.name, ...node.input.slice(1), ...(residual ? [residual.name] : [])];
    const convolution = this.view.onlyReader(node.input[0]) === node ? this.convolutions.get(x.name) : undefined;
    if (convolution) {
      setAttribute(convolution, blockedAttribute.dividedGradient, factorOf(blockedName(value)));
      attributes[blockedAttribute.dividedGradient] = 1;
    }
    return this.emit(blockedOperator.batchNormalization, inputs, value, x.dims, attributes, node.name);
  }

  private alias(node: NodeProto): boolean {
    this.blocked.set(node.output[0], this.needBlocked(node.input[0]));
    return true;
  }

  private globalPool(node: NodeProto): boolean {
    const source = this.needBlocked(node.input[0]);
    this.append(this.blockedNode(blockedOperator.globalAveragePool, [source.name], [node.output[0]], {}, node.name));
    this.ordinary.add(node.output[0]);
    return true;
  }

  private pairPool(node: NodeProto): boolean {
    const inputs = this.phasesOf(this.needBlocked(node.input[0]), 4);
    const operator = node.opType === 'MaxPool' ? blockedOperator.maxPool : blockedOperator.averagePool;
    this.emit(operator, inputs, node.output[0], this.storedDims(node.output[0]), {}, node.name);
    return true;
  }

  private elementwise(node: NodeProto): boolean {
    if (!node.input.every((value) => this.isBlocked(value) && this.view.sameDims(value, node.output[0]))) return false;
    const inputs = node.input.map((value) => this.needBlocked(value));
    if (inputs.some(({ dims }) => dims.join() !== inputs[0].dims.join())) return false;
    const [y] = node.output;
    const result: BlockedValue = { name: blockedName(y), dims: inputs[0].dims };
    const copy = makeNode(
      node.opType,
      inputs.map(({ name }) => name),
      [result.name],
      {},
      { name: node.name },
    );
    copy.attribute = node.attribute;
    this.append(copy);
    this.shapes.set(result.name, { type: 'float32', dims: result.dims });
    this.blocked.set(y, result);
    return true;
  }

  /**
   * A shortcut that takes every second row and column and fills the channels up with zeros (He et al. 2015, section 4.1,
   * option A) becomes a convolution with a constant kernel of zeros and ones.
   */
  private shortcut(node: NodeProto): boolean {
    const found = this.shortcuts.get(node);
    if (!found || !this.isBlocked(found.x)) return false;
    if (node !== found.last) return true;
    const [y] = node.output;
    const [inputs, outputs] = [this.view.dims(found.x)[1], this.view.dims(y)[1]];
    const kernel = float32([outputs, inputs, 1, 1]);
    for (let i = 0; i < inputs; i++) kernel.data[(found.before + i) * inputs + i] = 1;
    const weights = `${y}:selection`;
    this.graph.setWeight(weights, kernel);
    this.shapes.set(weights, { type: 'float32', dims: kernel.dims });
    const source = this.needBlocked(found.x);
    const operands = found.halved ? this.phasesOf(source, 1) : [source.name];
    this.emit(blockedOperator.convolution, [...operands, weights], y, this.storedDims(y), {}, node.name);
    return true;
  }
}

/** The name in the blocked layout of a value of the source graph. */
function blockedName(value: string): string {
  return `${value}:blocked`;
}

/** Every value a node reads, those that only its subgraphs read included. */
function readValues(node: NodeProto): string[] {
  const inner = node.attribute.flatMap((attribute) => [...(attribute.g ? [attribute.g] : []), ...attribute.graphs]);
  const values = inner.flatMap((graph) => [
    ...graph.node.flatMap(readValues),
    ...graph.output.map((output) => output.name),
  ]);
  return [...node.input, ...values].filter((value) => value !== '');
}
