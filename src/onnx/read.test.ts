import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { float32 } from '../tensor/tensor';
import { ModelFileError } from './errors';
import { ModelProtoSchema, TensorProto_DataType as DataType, type ModelProto } from './generated/onnx_pb';
import { makeNode, makeValueInfo } from './graph';
import { Model } from './model';
import { decodeModel, readModel } from './read';
import { tensorToProto } from './tensorProto';
import { encodeVarint, fieldHeader } from './wire';
import { encodeModel, writeModel } from './write';

const scratch = mkdtempSync(join(tmpdir(), 'layerwise-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function fileOf(bytes: Uint8Array | string): string {
  const path = join(scratch, 'model.onnx');
  writeFileSync(path, bytes);
  return path;
}

/** The error that opening these bytes gives, both as a file and in memory. */
function failure(bytes: Uint8Array): ModelFileError {
  const errors = [() => readModel(fileOf(bytes)), () => decodeModel(bytes)].map((open) => {
    try {
      open();
    } catch (error) {
      return error;
    }
    return undefined;
  });
  for (const error of errors) expect(error).toBeInstanceOf(ModelFileError);
  return errors[0] as ModelFileError;
}

/** Written and read again by the shortest way, without this reader and writer. */
function canonical(bytes: Uint8Array): Buffer {
  return Buffer.from(toBinary(ModelProtoSchema, fromBinary(ModelProtoSchema, bytes)));
}

function expectLossless(bytes: Uint8Array): void {
  const written = Buffer.from(encodeModel(decodeModel(bytes)));
  expect(canonical(written).equals(canonical(bytes))).toBe(true);
  expect(Buffer.from(encodeModel(decodeModel(written))).equals(written)).toBe(true);
  const copy = join(scratch, 'copy.onnx');
  writeModel(readModel(fileOf(bytes)), copy);
  expect(canonical(readFileSync(copy)).equals(canonical(bytes))).toBe(true);
}

/** Message of a small model with one weight that is read lazily and one that is not. */
function sample(): ModelProto {
  return create(ModelProtoSchema, {
    irVersion: 8n,
    producerName: 'test',
    opsetImport: [{ domain: '', version: 17n }],
    metadataProps: [{ key: 'author', value: 'somebody' }],
    graph: {
      name: 'g',
      node: [makeNode('Gemm', ['x', 'large', 'small'], ['y'], { transB: 1 }, { name: 'fc' })],
      initializer: [
        tensorToProto(
          float32(
            [20, 20],
            Array.from({ length: 400 }, (_, i) => i / 7),
          ),
          'large',
        ),
        tensorToProto(float32([20], new Float32Array(20).fill(0.5)), 'small'),
      ],
      input: [makeValueInfo('x', 'float32', ['N', 20])],
      output: [makeValueInfo('y', 'float32', ['N', 20])],
    },
  });
}

const sampleBytes = toBinary(ModelProtoSchema, sample());

describe('what a model file may hold', () => {
  it('keeps large weights in the file and gives their values when asked', () => {
    const model = readModel(fileOf(sampleBytes));
    const large = model.graph.weights.get('large')!;
    expect(large.range).toBeDefined();
    expect(large.proto.rawData).toHaveLength(0);
    expect(large.tensor()).toEqual(
      float32(
        [20, 20],
        Array.from({ length: 400 }, (_, i) => i / 7),
      ),
    );
    expect(model.graph.weights.get('small')!.range).toBeUndefined();
    expectLossless(sampleBytes);
  });

  it('keeps fields that nobody knows, at every level, groups included', () => {
    const unknown = Buffer.concat([fieldHeader(1000, 3), Buffer.from('abc')]);
    // Field 2001 as a group that holds field 1 = 5 and another group.
    const tag = (field: number, type: number): Uint8Array => encodeVarint(field * 8 + type);
    const group = Buffer.concat([tag(2001, 3), Buffer.from([8, 5]), tag(7, 3), tag(7, 4), tag(2001, 4)]);
    const graph = Buffer.concat([Buffer.from([18, 1, 103]), unknown, group]);
    const bytes = Buffer.concat([
      unknown,
      toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 8n, opsetImport: [{ version: 17n }] })),
      fieldHeader(7, graph.length),
      graph,
      group,
    ]);
    expectLossless(bytes);
    expect(Buffer.from(encodeModel(decodeModel(bytes))).includes(group)).toBe(true);
  });

  it('keeps every encoding of tensors, empty raw data and unknown data types', () => {
    const message = sample();
    message.graph!.initializer.push(
      create(ModelProtoSchema, {
        graph: {
          initializer: [
            { name: 'floats', dataType: DataType.FLOAT, dims: [3n], floatData: [1, NaN, -0] },
            { name: 'ints', dataType: DataType.INT8, dims: [2n], int32Data: [-1, 7] },
            { name: 'longs', dataType: DataType.INT64, dims: [1n], int64Data: [-(2n ** 63n)] },
            {
              name: 'strings',
              dataType: DataType.STRING,
              dims: [2n],
              stringData: [Buffer.from([255, 0]), Buffer.of()],
            },
            { name: 'doubles', dataType: DataType.DOUBLE, dims: [1n], doubleData: [1e300] },
            { name: 'unsigned', dataType: DataType.UINT64, dims: [1n], uint64Data: [2n ** 64n - 1n] },
            { name: 'segment', dataType: DataType.FLOAT, dims: [4n], segment: { begin: 0n, end: 2n } },
            { name: 'nothing', dataType: DataType.FLOAT, dims: [0n], rawData: new Uint8Array(0) },
            { name: 'future', dataType: 99, dims: [2000n], rawData: new Uint8Array(2000).fill(7), docString: 'new' },
          ],
        },
      }).graph!.initializer[0],
    );
    expectLossless(toBinary(ModelProtoSchema, message));
  });

  it('keeps initializers without a name and of the same name, in their order; the last one counts', () => {
    const message = sample();
    message.graph!.initializer.push(
      tensorToProto(float32([1], [1]), ''),
      tensorToProto(float32([1], [2]), 'small'),
      tensorToProto(float32([1], [3]), ''),
    );
    const bytes = toBinary(ModelProtoSchema, message);
    expectLossless(bytes);
    expect(decodeModel(bytes).graph.weights.get('small')!.tensor()).toEqual(float32([1], [2]));
  });

  it('joins a graph that comes in pieces, as protobuf does', () => {
    const pieces = [{ ...sample(), graph: undefined }, {}, {}].map((part) => create(ModelProtoSchema, part as object));
    const { graph } = sample();
    pieces[1].graph = create(ModelProtoSchema, { graph: { ...graph!, initializer: [graph!.initializer[0]] } }).graph;
    pieces[2].graph = create(ModelProtoSchema, { graph: { initializer: [graph!.initializer[1]] } }).graph;
    const bytes = Buffer.concat(pieces.map((piece) => toBinary(ModelProtoSchema, piece)));
    expect([...decodeModel(bytes).graph.weights.keys()]).toEqual(['large', 'small']);
    expectLossless(bytes);
  });

  it('takes the last raw data where a tensor has several, whether they are long or short', () => {
    const raw = (length: number, value: number): Uint8Array =>
      Buffer.concat([fieldHeader(9, length), new Uint8Array(length).fill(value)]);
    for (const [first, second] of [
      [4000, 8],
      [8, 4000],
      [4000, 4000],
    ]) {
      const tensor = Buffer.concat([
        Buffer.from([16, DataType.UINT8]),
        fieldHeader(8, 1),
        Buffer.from('w'),
        raw(first, 1),
        raw(second, 2),
      ]);
      const graph = Buffer.concat([fieldHeader(5, tensor.length), tensor]);
      const head = toBinary(
        ModelProtoSchema,
        create(ModelProtoSchema, { irVersion: 8n, opsetImport: [{ version: 1n }] }),
      );
      const bytes = Buffer.concat([head, fieldHeader(7, graph.length), graph]);
      expectLossless(bytes);
      expect(readModel(fileOf(bytes)).graph.weights.get('w')!.rawBytes()).toEqual(new Uint8Array(second).fill(2));
    }
  });

  it('opens files from before there were operator sets, and files of functions alone', () => {
    const old = create(ModelProtoSchema, { irVersion: 2n, graph: { name: 'old' } });
    expect(decodeModel(toBinary(ModelProtoSchema, old)).opset()).toBe(1);
    const functions = create(ModelProtoSchema, {
      irVersion: 8n,
      opsetImport: [{ version: 17n }],
      functions: [{ name: 'f', domain: 'local', node: [makeNode('Relu', ['a'], ['b'])] }],
    });
    expectLossless(toBinary(ModelProtoSchema, functions));
  });
});

describe('what is no model', () => {
  it('is told in one sentence, with a hint', () => {
    expect(failure(new Uint8Array(0)).message).toMatch(/is empty/);
    expect(failure(Buffer.from('{"a": 1}\n')).message).toMatch(/not a whole ONNX model|not an ONNX model/);
    expect(failure(Buffer.from('hello, this is a text about networks\n')).hint).not.toBe('');
    expect(failure(toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 8n }))).message).toMatch(
      /no graph/,
    );
    const nameless = create(ModelProtoSchema, { irVersion: 8n, graph: { name: 'g' } });
    expect(failure(toBinary(ModelProtoSchema, nameless)).message).toMatch(/no operator set/);
  });

  it('is told for missing files, folders and files that may not be read', () => {
    expect(() => readModel(join(scratch, 'none.onnx'))).toThrow(/There is no file/);
    mkdirSync(join(scratch, 'folder.onnx'));
    expect(() => readModel(join(scratch, 'folder.onnx'))).toThrow(/is a folder/);
    expect(() => readModel(join(fileOf('x'), 'below.onnx'))).toThrow(ModelFileError);
  });

  it('fails at every cut, and tells where', () => {
    for (let length = 0; length < sampleBytes.length; length++) {
      // Cut where a field ends, the rest can still be a model, only not this one.
      const bytes = sampleBytes.subarray(0, length);
      try {
        const model = decodeModel(bytes);
        expect(Buffer.from(encodeModel(model)).equals(Buffer.from(sampleBytes))).toBe(false);
      } catch (error) {
        expect(error).toBeInstanceOf(ModelFileError);
      }
      if (length % 50 === 0) failureOrModel(() => readModel(fileOf(bytes)));
    }
  });

  it('fails for lengths beyond the file, endless numbers and wrong field numbers', () => {
    const huge = Buffer.concat([Buffer.from([0x3a]), encodeVarint(2 ** 52), Buffer.from([1, 2, 3])]);
    expect(failure(huge).byteOffset).toBe(0);
    expect(failure(Buffer.alloc(40, 0xff)).message).toMatch(/byte 0/);
    expect(failure(Buffer.from([0, 0])).byteOffset).toBe(0);
    expect(failure(Buffer.concat([Buffer.from([8, 8, 0x3a, 2, 0x2b, 0x34])])).byteOffset).toBeDefined();
    expect(failure(Buffer.from([0x0b])).byteOffset).toBeDefined(); // a group that never ends
  });

  it('never ends in another error, whatever byte is changed', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(sampleBytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        (changes) => {
          const bytes = Uint8Array.from(sampleBytes);
          for (const [at, value] of changes) bytes[at] = value;
          failureOrModel(() => {
            const model = decodeModel(bytes);
            for (const weight of model.graph.weights.values()) failureOrModel(() => weight.tensor());
            encodeModel(model);
          });
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('is told when a weight is asked for whose file became shorter', () => {
    const path = fileOf(sampleBytes);
    const weight = readModel(path).graph.weights.get('large')!;
    writeFileSync(path, sampleBytes.subarray(0, 100));
    expect(() => weight.tensor()).toThrow(/ends at byte 100/);
    rmSync(path);
    expect(() => weight.tensor()).toThrow(ModelFileError);
  });
});

function failureOrModel(open: () => unknown): void {
  try {
    open();
  } catch (error) {
    expect(error).toBeInstanceOf(ModelFileError);
  }
}

describe('copies of a model', () => {
  it('are independent of it', () => {
    const model = decodeModel(sampleBytes);
    const before = Buffer.from(encodeModel(model));
    const copy = model.clone();
    expect(Buffer.from(encodeModel(copy)).equals(before)).toBe(true);
    copy.graph.nodes[0].input[0] = 'other';
    copy.graph.nodes[0].attribute[0].i = 7n;
    copy.graph.weights.get('small')!.proto.dims[0] = 4n;
    copy.graph.setWeight('large', float32([1], [1]));
    copy.graph.insert([makeNode('Relu', ['y'], ['z'])]);
    copy.proto.metadataProps[0].value = 'nobody';
    copy.importOpset('custom', 1);
    expect(Buffer.from(encodeModel(model)).equals(before)).toBe(true);
  });

  it('know their operator sets under both spellings of the default domain', () => {
    const model = Model.empty('g', { 'ai.onnx': 18 });
    expect([model.opset(), model.opset('ai.onnx'), model.opset('custom')]).toEqual([18, 18, 0]);
    model.importOpset('', 5);
    expect(model.opset()).toBe(18);
  });
});
