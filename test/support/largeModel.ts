import { create, toBinary } from '@bufbuild/protobuf';
import { closeSync, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { basename } from 'node:path';
import { TensorProto_DataLocation, TensorProto_DataType, TensorProtoSchema } from '../../src/onnx/generated/onnx_pb';
import { GraphBuilder } from '../../src/onnx/graphBuilder';
import { fieldHeader } from '../../src/onnx/wire';
import { writeModel } from '../../src/onnx/write';

const graphField = 7;
const initializerField = 5;
const rawDataField = 9;

/**
 * Writes a chain of `layers` MatMuls whose weights are [side, side] zeros. Their bytes are holes in the file: it is as long
 * as a real one and takes almost no room on the disk.
 */
export function writeLargeModel(path: string, layers: number, side: number): void {
  writeChain(path, layers, side);
  appendWeights(path, layers, side);
}

/** The same with the weights in a file beside the model: its name with `.data` behind it. */
export function writeLargeExternalModel(path: string, layers: number, side: number): void {
  writeChain(path, layers, side);
  const bytes = side * side * Float32Array.BYTES_PER_ELEMENT;
  const weights = openSync(`${path}.data`, 'w');
  ftruncateSync(weights, layers * bytes);
  closeSync(weights);
  const file = openSync(path, 'a');
  for (let i = 0; i < layers; i++) {
    const entries = { location: `${basename(path)}.data`, offset: String(i * bytes), length: String(bytes) };
    const tensor = toBinary(
      TensorProtoSchema,
      create(TensorProtoSchema, {
        name: weightName(i),
        dims: [BigInt(side), BigInt(side)],
        dataType: TensorProto_DataType.FLOAT,
        dataLocation: TensorProto_DataLocation.EXTERNAL,
        externalData: Object.entries(entries).map(([key, value]) => ({ key, value })),
      }),
    );
    const initializer = fieldHeader(initializerField, tensor.length);
    for (const part of [fieldHeader(graphField, initializer.length + tensor.length), initializer, tensor])
      writeSync(file, part);
  }
  closeSync(file);
}

function writeChain(path: string, layers: number, side: number): void {
  const builder = new GraphBuilder();
  let value = builder.input('x', 'float32', [1, side]);
  for (let i = 0; i < layers; i++)
    value = builder.op('MatMul', [value, weightName(i)], {}, { name: `/layer${i}/MatMul` });
  builder.output('y', 'float32', [1, side], value);
  writeModel(builder.model, path);
}

/** A second `graph` in the file is merged into the first, by the rules of the format. */
function appendWeights(path: string, layers: number, side: number): void {
  const bytes = side * side * Float32Array.BYTES_PER_ELEMENT;
  const file = openSync(path, 'r+');
  let end = fstatSync(file).size;
  for (let i = 0; i < layers; i++) {
    const dims = [BigInt(side), BigInt(side)];
    const start = toBinary(
      TensorProtoSchema,
      create(TensorProtoSchema, { name: weightName(i), dims, dataType: TensorProto_DataType.FLOAT }),
    );
    const raw = fieldHeader(rawDataField, bytes);
    const tensor = start.length + raw.length + bytes;
    const initializer = fieldHeader(initializerField, tensor);
    const graph = fieldHeader(graphField, initializer.length + tensor);
    for (const part of [graph, initializer, start, raw]) {
      writeSync(file, part, 0, part.length, end);
      end += part.length;
    }
    end += bytes;
  }
  ftruncateSync(file, end);
  closeSync(file);
}

function weightName(layer: number): string {
  return `weight${layer}`;
}
