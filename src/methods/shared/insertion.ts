import type { AttributeValue } from '../../onnx/attributes';
import type { NodeProto } from '../../onnx/generated/onnx_pb';
import { makeNode } from '../../onnx/graph';
import type { Model } from '../../onnx/model';
import { int64, type Tensor } from '../../tensor/tensor';

/** Nodes written one after the other and then placed before a node of a model, named under one stem. */
export class Insertion {
  private readonly nodes: NodeProto[] = [];

  /** @param stem begins the name of all that is made: `conv1` gives `conv1/v`, `conv1/v.weight`, ... */
  constructor(
    private readonly model: Model,
    private readonly stem: string,
  ) {}

  /** Version of the default operator set that the model is written in. */
  get opset(): number {
    return this.model.opset();
  }

  /** A node with one result; returns the result's name. */
  op(
    opType: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
    label: string = opType.toLowerCase(),
  ): string {
    const node = makeNode(opType, inputs, [this.name(`${label}.output`)], attributes, { name: this.name(label) });
    return this.add(node);
  }

  /** A node made elsewhere; returns its first result. */
  add(node: NodeProto): string {
    this.nodes.push(node);
    return node.output[0];
  }

  /** A new weight. */
  weight(label: string, tensor: Tensor): string {
    const name = this.name(label);
    this.model.graph.setWeight(name, tensor);
    return name;
  }

  /** A value under other dimensions. */
  reshape(value: string, dims: readonly number[]): string {
    return this.op('Reshape', [value, this.weight('shape', int64([dims.length], dims))]);
  }

  /** A name under the stem that nothing in the model bears. */
  name(label: string): string {
    return this.model.graph.uniqueName(`${this.stem}/${label}`);
  }

  /** Puts the nodes into the graph. */
  place(before: NodeProto): void {
    this.model.graph.insert(this.nodes, before);
  }
}
