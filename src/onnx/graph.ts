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
import { dataTypeCode } from './tensorProto';
import { Weight } from './weight';

/** A dimension: a size, a name for a size known only at run time, or `undefined` when nothing is known. */
export type Dim = number | string | undefined;

/**
 * An editable ONNX graph. Nodes and value infos are the file's own messages, so whatever they carry survives editing;
 * weights are kept apart, by name, so that they can stay in the file until they are needed.
 */
export class Graph {
  readonly weights = new Map<string, Weight>();
  private uses: Uses | undefined;
  private names: Set<string> | undefined;

  /** @param proto the message, from which the initializers have been taken out into `weights` */
  constructor(readonly proto: GraphProto) {
    for (const tensor of proto.initializer) this.weights.set(tensor.name, new Weight(tensor));
    proto.initializer = [];
  }

  get nodes(): readonly NodeProto[] {
    return this.proto.node;
  }

  /** Inputs that a caller must feed: those that no weight gives a default. */
  get inputs(): ValueInfoProto[] {
    return this.proto.input.filter((input) => !this.weights.has(input.name));
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

  /** The constant behind a value: a weight, or what a Constant node holds as a tensor. */
  constant(value: string): Weight | undefined {
    const weight = this.weights.get(value);
    if (weight) return weight;
    const node = this.producer(value);
    const tensor = node?.opType === 'Constant' ? node.attribute.find((a) => a.name === 'value')?.t : undefined;
    return tensor ? new Weight(tensor) : undefined;
  }

  setWeight(name: string, tensor: Tensor): void {
    this.weights.set(name, Weight.of(name, tensor));
    this.names?.add(name);
  }

  removeWeight(name: string): void {
    this.weights.delete(name);
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

  /** Makes every reader of `from` read `to` instead (graph outputs keep their name and are not changed). */
  replaceUses(from: string, to: string): void {
    for (const node of this.consumers(from)) node.input = node.input.map((input) => (input === from ? to : input));
    this.changed();
  }

  /** Removes weights that nothing reads and nodes whose results nothing reads, until none is left. */
  prune(): void {
    for (;;) {
      const dead = this.nodes.filter(
        (node) => !node.output.some((value) => value && (this.isOutput(value) || this.consumers(value).length > 0)),
      );
      if (dead.length === 0) break;
      this.remove(dead);
    }
    for (const name of [...this.weights.keys()]) {
      if (this.consumers(name).length === 0 && !this.isOutput(name)) this.removeWeight(name);
    }
  }

  /** A name that nothing in the graph bears: the stem itself or the stem with a number. */
  uniqueName(stem: string): string {
    this.names ??= this.allNames();
    let name = stem;
    for (let i = 1; this.names.has(name); i++) name = `${stem}_${i}`;
    this.names.add(name);
    return name;
  }

  /** Must be called after editing `node.input` or `node.output` of a node by hand. */
  changed(): void {
    this.uses = undefined;
    this.names = undefined;
  }

  private allNames(): Set<string> {
    const names = new Set(this.weights.keys());
    for (const info of [...this.proto.input, ...this.proto.output, ...this.proto.valueInfo]) names.add(info.name);
    for (const node of this.nodes) {
      names.add(node.name);
      for (const value of [...node.input, ...node.output]) names.add(value);
    }
    return names;
  }

  private useDef(): Uses {
    if (this.uses) return this.uses;
    const uses: Uses = { producer: new Map(), consumers: new Map() };
    for (const node of this.nodes) {
      for (const value of node.output) if (value) uses.producer.set(value, node);
      for (const value of new Set(readsOf(node))) {
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

/** Every value a node may read, outer values used inside its subgraphs included. */
function readsOf(node: NodeProto): string[] {
  const reads = node.input.filter((value) => value !== '');
  for (const attribute of node.attribute) {
    for (const graph of [...(attribute.g ? [attribute.g] : []), ...attribute.graphs]) {
      for (const inner of graph.node) reads.push(...readsOf(inner));
      for (const output of graph.output) reads.push(output.name);
    }
  }
  return reads;
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
