import { create } from '@bufbuild/protobuf';
import type { Tensor } from '../tensor/tensor';
import {
  AttributeProto_AttributeType as Kind,
  AttributeProtoSchema,
  type AttributeProto,
  type GraphProto,
  type NodeProto,
} from './generated/onnx_pb';
import { tensorToProto } from './tensorProto';

/**
 * A value for an attribute. Plain numbers are integers, as most ONNX attributes are; `float()` and `floats()` mark the
 * others.
 */
export type AttributeValue =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly tensor: Tensor }
  | { readonly graph: GraphProto };

export const float = (value: number): AttributeValue => ({ float: value });
export const floats = (values: readonly number[]): AttributeValue => ({ floats: values });

const utf8 = new TextEncoder();
const text = new TextDecoder();

/** The message of one attribute. Throws on a fractional number that was not marked as a float. */
export function attributeProto(name: string, value: AttributeValue): AttributeProto {
  if (typeof value === 'number') return create(AttributeProtoSchema, { name, type: Kind.INT, i: integer(name, value) });
  if (typeof value === 'string')
    return create(AttributeProtoSchema, { name, type: Kind.STRING, s: utf8.encode(value) });
  if (Array.isArray(value)) {
    return create(AttributeProtoSchema, { name, type: Kind.INTS, ints: value.map((item) => integer(name, item)) });
  }
  if ('float' in value) return create(AttributeProtoSchema, { name, type: Kind.FLOAT, f: value.float });
  if ('floats' in value) return create(AttributeProtoSchema, { name, type: Kind.FLOATS, floats: [...value.floats] });
  if ('tensor' in value)
    return create(AttributeProtoSchema, { name, type: Kind.TENSOR, t: tensorToProto(value.tensor) });
  if ('graph' in value) return create(AttributeProtoSchema, { name, type: Kind.GRAPH, g: value.graph });
  throw new TypeError(`Attribute ${name} has a value of an unknown kind.`);
}

function integer(name: string, value: number): bigint {
  if (!Number.isInteger(value))
    throw new TypeError(`Attribute ${name} = ${value} is not an integer; mark it with float().`);
  return BigInt(value);
}

export function findAttribute(node: NodeProto, name: string): AttributeProto | undefined {
  return node.attribute.find((attribute) => attribute.name === name);
}

/** Integer attribute, or the fallback when it is absent. */
export function intAttribute(node: NodeProto, name: string, fallback: number): number {
  const attribute = findAttribute(node, name);
  return attribute ? Number(attribute.i) : fallback;
}

/** List of integers, or `undefined` when the attribute is absent. */
export function intsAttribute(node: NodeProto, name: string): number[] | undefined {
  return findAttribute(node, name)?.ints.map(Number);
}

export function floatAttribute(node: NodeProto, name: string, fallback: number): number {
  return findAttribute(node, name)?.f ?? fallback;
}

export function stringAttribute(node: NodeProto, name: string, fallback: string): string {
  const attribute = findAttribute(node, name);
  return attribute ? text.decode(attribute.s) : fallback;
}

/** Sets or replaces an attribute. */
export function setAttribute(node: NodeProto, name: string, value: AttributeValue): void {
  const made = attributeProto(name, value);
  const at = node.attribute.findIndex((attribute) => attribute.name === name);
  if (at < 0) node.attribute.push(made);
  else node.attribute[at] = made;
}
