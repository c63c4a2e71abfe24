import { create } from '@bufbuild/protobuf';
import type { ElementType, Tensor } from '../tensor/tensor';
import { attributeProto, type AttributeValue } from './attributes';
import {
  NodeProtoSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
  type GraphProto,
  type NodeProto,
  type ValueInfoProto,
} from './generated/onnx_pb';
import { constantTensor } from './constantNode';
import { namesIn, readsOf, renameReads } from './scopes';
import { dataTypeCode } from './tensorProto';
import { Weight } from './weight';

/** A dimension: a size, a name for a size known only at run time, or `undefined` when nothing is known. */
export type Dim = number | string | undefined;

/**
 * An editable ONNX graph. Nodes and value infos are the file's own messages, so whatever they carry survives editing;
 * weights are kept apart, by name, so that they can stay in the file until they are needed.
 */
export class Graph {
  /** The initializers in the order of the file. */
  readonly weights = new Map<string, Weight>();
  private uses: Uses | undefined;
  private names: Set<string> | undefined;
  private readonly facts = new Map<(graph: Graph) => unknown, unknown>();
  /** Names that `uniqueName` gave away, whether or not they stand in the graph by now. */
  private readonly given = new Set<string>();

  /** @param proto the message, from which the initializers are taken out into `weights` */
  constructor(readonly proto: GraphProto) {
    this.addWeights(proto.initializer.map((tensor) => new Weight(tensor)));
    proto.initializer = [];
  }

  /**
   * Appends initializers as they are. Of those that share a name the last counts, as in the runtime; the others, and
   * those without a name, stand under keys that no node can refer to, and are written as they were.
   */
  addWeights(weights: readonly Weight[]): void {
    const last = new Map(weights.map((weight) => [weight.name, weight]));
    for (const weight of weights) {
      const reachable = weight.name !== '' && last.get(weight.name) === weight;
      this.weights.set(reachable ? weight.name : `${weight.name}\0${this.weights.size}`, weight);
    }
    this.changed();
  }

  get nodes(): readonly NodeProto[] {
    return this.proto.node;
  }

  /** Inputs that a caller must feed: those that no weight gives a default. */
  get inputs(): ValueInfoProto[] {
    const sparse = new Set(this.proto.sparseInitializer.map((tensor) => tensor.values?.name));
    return this.proto.input.filter((input) => !this.weights.has(input.name) && !sparse.has(input.name));
  }

  get outputs(): ValueInfoProto[] {
    return this.proto.output;
  }

  /** The node that computes a value, or `undefined` for inputs and weights. */
  producer(value: string): NodeProto | undefined {
    return this.useDef().producer.get(value);
  }

  /** Nodes that read a value, in graph order, those that read it only inside a subgraph included. */
  consumers(value: string): readonly NodeProto[] {
    return this.useDef().consumers.get(value) ?? [];
  }

  isOutput(value: string): boolean {
    return this.proto.output.some((output) => output.name === value);
  }

  /** The constant behind a value: a weight, or what a Constant node holds as numbers. */
  constant(value: string): Weight | undefined {
    const weight = this.weights.get(value);
    if (weight) return weight;
    const node = this.producer(value);
    const tensor = node?.opType === 'Constant' && node.domain === '' ? constantTensor(node) : undefined;
    return tensor && new Weight(tensor);
  }

  /** Something worked out from the whole graph, kept until the graph changes. */
  fact<T>(of: (graph: Graph) => T): T {
    if (!this.facts.has(of)) this.facts.set(of, of(this));
    return this.facts.get(of) as T;
  }

  setWeight(name: string, tensor: Tensor): void {
    if (!this.weights.has(name)) this.facts.clear();
    this.weights.set(name, Weight.of(name, tensor));
    this.names?.add(name);
  }

  removeWeight(name: string): void {
    this.weights.delete(name);
    this.facts.clear();
    // Old files list every initializer among the inputs as well.
    this.proto.input = this.proto.input.filter((input) => input.name !== name);
  }

  /** Puts nodes before the given one (at the end when it is left out), keeping their order. */
  insert(nodes: readonly NodeProto[], before?: NodeProto): void {
    const at = before ? this.proto.node.indexOf(before) : this.proto.node.length;
    if (at < 0) throw new Error(`Node ${before?.name} is not in graph ${this.proto.name}.`);
    this.proto.node.splice(at, 0, ...nodes);
    this.changed();
  }

  remove(nodes: readonly NodeProto[]): void {
    const gone = new Set(nodes);
    this.proto.node = this.proto.node.filter((node) => !gone.has(node));
    this.changed();
  }

  /**
   * Makes every reader of `from` read `to` instead, inside subgraphs too. Graph outputs keep their name and are not
   * changed, nor are the nodes of `except` (those that compute `to` from `from`).
   */
  replaceUses(from: string, to: string, except: readonly NodeProto[] = []): void {
    for (const node of this.consumers(from)) if (!except.includes(node)) renameReads(node, from, to);
    this.changed();
  }

  /** Removes nodes that no graph output depends on, then weights that nothing reads. */
  prune(): void {
    const live = new Set<NodeProto>();
    const open = this.proto.output.map((output) => output.name);
    for (let value = open.pop(); value !== undefined; value = open.pop()) {
      const node = this.producer(value);
      if (!node || live.has(node)) continue;
      live.add(node);
      open.push(...readsOf(node));
    }
    this.remove(this.nodes.filter((node) => !live.has(node)));
    // Scales and zero points of values are read by whoever reads the annotations.
    const annotated = new Set(
      this.proto.quantizationAnnotation.flatMap((one) => one.quantParameterTensorNames.map((entry) => entry.value)),
    );
    for (const name of [...this.weights.keys()]) {
      if (this.consumers(name).length === 0 && !this.isOutput(name) && !annotated.has(name)) this.removeWeight(name);
    }
  }

  /** A name that nothing in the graph or its subgraphs bears: the stem itself or the stem with a number. */
  uniqueName(stem: string): string {
    this.names ??= namesIn(this.proto, new Set(this.weights.keys()));
    let name = stem;
    for (let i = 1; this.names.has(name) || this.given.has(name); i++) name = `${stem}_${i}`;
    this.given.add(name);
    return name;
  }

  /** Must be called after editing `node.input` or `node.output` of a node by hand. */
  changed(): void {
    this.uses = undefined;
    this.names = undefined;
    this.facts.clear();
  }

  private useDef(): Uses {
    if (this.uses) return this.uses;
    const uses: Uses = { producer: new Map(), consumers: new Map() };
    for (const node of this.nodes) {
      for (const value of node.output) if (value) uses.producer.set(value, node);
      for (const value of readsOf(node)) {
        const list = uses.consumers.get(value);
        if (list) list.push(node);
        else uses.consumers.set(value, [node]);
      }
    }
    return (this.uses = uses);
  }
}

interface Uses {
  readonly producer: Map<string, NodeProto>;
  readonly consumers: Map<string, NodeProto[]>;
}

export interface NodeOptions {
  readonly name?: string;
  readonly domain?: string;
}

/** The message of a node. Empty strings stand for optional inputs and outputs that are left out. */
export function makeNode(
  opType: string,
  input: readonly string[],
  output: readonly string[],
  attributes: Readonly<Record<string, AttributeValue>> = {},
  { name = '', domain = '' }: NodeOptions = {},
): NodeProto {
  return create(NodeProtoSchema, {
    opType,
    input: [...input],
    output: [...output],
    name,
    domain,
    attribute: Object.entries(attributes).map(([key, value]) => attributeProto(key, value)),
  });
}

/** The message that declares a tensor value; `undefined` dims leave the rank open. */
export function makeValueInfo(name: string, type: ElementType, dims: readonly Dim[] | undefined): ValueInfoProto {
  return create(ValueInfoProtoSchema, {
    name,
    type: create(TypeProtoSchema, {
      value: {
        case: 'tensorType',
        value: {
          elemType: dataTypeCode(type),
          ...(dims && {
            shape: {
              dim: dims.map((dim) => ({
                value:
                  typeof dim === 'number'
                    ? { case: 'dimValue' as const, value: BigInt(dim) }
                    : typeof dim === 'string'
                      ? { case: 'dimParam' as const, value: dim }
                      : { case: undefined },
              })),
            },
          }),
        },
      },
    }),
  });
}

/** The declared dimensions of a value, or `undefined` when its rank is not declared. */
export function dimsOf(info: ValueInfoProto): Dim[] | undefined {
  const type = info.type?.value;
  if (type?.case !== 'tensorType') return undefined;
  return type.value.shape?.dim.map(({ value }) =>
    value.case === 'dimValue' ? Number(value.value) : value.case === 'dimParam' ? value.value : undefined,
  );
}
