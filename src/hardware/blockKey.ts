import { toBinary } from '@bufbuild/protobuf';
import { createHash } from 'node:crypto';
import { AttributeProtoSchema, type AttributeProto, type TensorProto } from '../onnx/generated/onnx_pb';
import { dimsOf } from '../onnx/graph';
import type { Model } from '../onnx/model';
import { shallowCopy } from '../onnx/shallowCopy';
import { Weight } from '../onnx/weight';

/** Integer constants of at most this many elements (shapes, axes, pads) say what is computed and belong to the structure. */
const structuralElements = 64;

/**
 * A key for what a block's time depends on: operators, attributes, connections, element types and sizes. Names and the
 * values of weights don't matter, so equal layers share it.
 */
export function blockKey(block: Model): string {
  const { graph } = block;
  const numbers = new Map<string, number>();
  const numberOf = (value: string): number => {
    if (value === '') return -1;
    const number = numbers.get(value) ?? numbers.size;
    numbers.set(value, number);
    return number;
  };
  const parts = [
    block.proto.opsetImport.map(({ domain, version }) => [domain, Number(version)]),
    graph.inputs.map((input) => [numberOf(input.name), elementTypeOf(input.type?.value), dimsOf(input)]),
    graph.nodes.map((node) => [
      node.domain,
      node.opType,
      node.input.map(numberOf),
      node.output.map(numberOf),
      [...node.attribute].sort((a, b) => (a.name < b.name ? -1 : 1)).map(describeAttribute),
    ]),
    [...graph.weights].map(([name, weight]) => [numberOf(name), ...describeWeight(weight)]).sort(byFirst),
    graph.outputs.map((output) => numberOf(output.name)),
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 20);
}

/** The key of a choice at a block: what a compressed block's time is filed under without building it. */
export function choiceKey(block: string, choice: string): string {
  return `${block}/${choice}`;
}

/** The key under which the time of a block at a rank of a method is filed. */
export function rankKey(block: string, method: string, rank: number): string {
  return choiceKey(block, `${method}/${rank}`);
}

/** Block, method and rank of such a key; `undefined` for others. */
export function readRankKey(key: string): { block: string; method: string; rank: number } | undefined {
  const [, block, method, rank] = /^([^/]+)\/([a-z]+)\/(\d+)$/.exec(key) ?? [];
  return rank === undefined ? undefined : { block, method, rank: Number(rank) };
}

function describeAttribute(attribute: AttributeProto): unknown {
  if (attribute.t) return [attribute.name, ...describeTensor(attribute.t)];
  return Buffer.from(toBinary(AttributeProtoSchema, shallowCopy(attribute, { docString: '' }))).toString('base64');
}

function describeTensor(tensor: TensorProto): unknown[] {
  return describeWeight(new Weight(tensor));
}

function describeWeight(weight: Weight): unknown[] {
  const type = weight.elementType;
  const structural = type !== undefined && !type.includes('float') && weight.elements <= structuralElements;
  return [type ?? weight.proto.dataType, weight.dims, structural ? Array.from(weight.tensor().data, Number) : null];
}

function elementTypeOf(type: { case: string | undefined; value?: unknown } | undefined): unknown {
  return type?.case === 'tensorType' ? (type.value as { elemType: number }).elemType : undefined;
}

function byFirst(a: readonly unknown[], b: readonly unknown[]): number {
  return Number(a[0]) - Number(b[0]);
}
