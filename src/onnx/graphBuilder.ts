import { float32, int64, type ElementType, type Tensor } from '../tensor/tensor';
import type { AttributeValue } from './attributes';
import type { NodeProto } from './generated/onnx_pb';
import { makeNode, makeValueInfo, type Dim } from './graph';
import { Model } from './model';

export interface OpOptions {
  /** Names of the results; made from the operator's name when left out. */
  readonly outputs?: readonly string[];
  readonly domain?: string;
  readonly name?: string;
}

/** The operator set that graphs made here are written in. */
export const buildOpset = 18;

/**
 * Writes a graph node by node, in topological order. Values are named by strings; each method returns the name of what
 * it made. Small constants are shared.
 */
export class GraphBuilder {
  readonly model: Model;
  private readonly shared = new Map<string, string>();
  private counter = 0;

  /**
   * @param model the model to append to; a new one in the default operator set when it is left out
   * @param prefix begins every name made here; two builders that write into one model need different ones
   */
  constructor(
    model: Model = Model.empty('layerwise', { '': buildOpset }),
    private readonly prefix = 'lw',
  ) {
    this.model = model;
  }

  /** A node with one result; returns the result's name. */
  op(
    opType: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
    options: OpOptions = {},
  ): string {
    return this.ops(1, opType, inputs, attributes, options)[0];
  }

  /** A node with several results. */
  ops(
    count: number,
    opType: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
    { outputs, domain = '', name }: OpOptions = {},
  ): string[] {
    const results = outputs ? [...outputs] : Array.from({ length: count }, () => this.fresh(opType.toLowerCase()));
    if (domain) this.model.importOpset(domain, 1);
    const node = makeNode(opType, inputs, results, attributes, { domain, name: name ?? this.fresh(opType) });
    // Appending keeps the use-def chains of a graph under construction cheap: nobody asks for them before the end.
    this.model.graph.proto.node.push(node);
    this.model.graph.changed();
    return results;
  }

  /** A node as it is. */
  append(node: NodeProto): void {
    if (node.domain) this.model.importOpset(node.domain, 1);
    this.model.graph.proto.node.push(node);
    this.model.graph.changed();
  }

  /** A constant tensor. */
  constant(tensor: Tensor, name?: string): string {
    const value = name ?? this.fresh('constant');
    this.model.graph.setWeight(value, tensor);
    return value;
  }

  /** A one-dimensional int64 constant (a shape, axes, pads, ...); equal ones are the same value. */
  ints(values: readonly number[]): string {
    return this.sharedConstant(`ints:${values.join()}`, () => int64([values.length], values));
  }

  /** A scalar int64 constant. */
  int(value: number): string {
    return this.sharedConstant(`int:${value}`, () => int64([], [value]));
  }

  /** A scalar float32 constant. */
  scalar(value: number): string {
    return this.sharedConstant(`scalar:${Object.is(value, -0) ? '-0' : value}`, () => float32([], [value]));
  }

  input(name: string, type: ElementType, dims: readonly Dim[]): string {
    this.model.graph.proto.input.push(makeValueInfo(name, type, dims));
    return name;
  }

  /** Declares a graph output; with `value` given, the output is that value under the name `name`. */
  output(name: string, type: ElementType, dims: readonly Dim[] | undefined, value?: string): void {
    if (value !== undefined && value !== name) this.op('Identity', [value], {}, { outputs: [name] });
    this.model.graph.proto.output.push(makeValueInfo(name, type, dims));
  }

  private sharedConstant(key: string, make: () => Tensor): string {
    let value = this.shared.get(key);
    if (value === undefined) this.shared.set(key, (value = this.constant(make())));
    return value;
  }

  /** A name of this builder's own; the prefix keeps it apart from names in models that people make. */
  private fresh(stem: string): string {
    return `${this.prefix}:${stem}:${this.counter++}`;
  }
}
