import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { arrayOf, type ElementType } from '../tensor/tensor';
import { ModelFileError } from './errors';
import { TensorProto_DataType as DataType, TensorProtoSchema } from './generated/onnx_pb';
import {
  bitsPerElement,
  dataTypeCode,
  elementType,
  tensorFromBytes,
  tensorFromProto,
  tensorToProto,
} from './tensorProto';

const types = Object.keys(arrayOf) as ElementType[];

describe('tensors as messages', () => {
  it.each(types)('%s comes back as it was, aligned or not', (type) => {
    const Type = arrayOf[type];
    const data = new Type(6);
    new Uint8Array(data.buffer).forEach((_, i, bytes) => (bytes[i] = type === 'bool' ? i % 2 : (i * 37) % 120));
    const tensor = { type, dims: [2, 3], data };
    const proto = tensorToProto(tensor, 'w');
    expect(elementType(dataTypeCode(type))).toBe(type);
    expect(bitsPerElement(proto.dataType)).toBe(8 * Type.BYTES_PER_ELEMENT);
    expect(tensorFromProto(proto)).toEqual(tensor);
    const shifted = new Uint8Array(proto.rawData.length + 1).subarray(1);
    shifted.set(proto.rawData);
    expect(tensorFromBytes(type, [2, 3], shifted)).toEqual(tensor);
  });

  it.each([
    [DataType.FLOAT, { floatData: [1.5, -0] }, [1.5, -0]],
    [DataType.DOUBLE, { doubleData: [1e300, 2] }, [1e300, 2]],
    [DataType.INT64, { int64Data: [-(2n ** 63n), 5n] }, [-(2n ** 63n), 5n]],
    [DataType.UINT64, { uint64Data: [2n ** 64n - 1n, 5n] }, [2n ** 64n - 1n, 5n]],
    [DataType.UINT32, { uint64Data: [4294967295n, 5n] }, [4294967295, 5]],
    [DataType.INT32, { int32Data: [-7, 5] }, [-7, 5]],
    [DataType.INT8, { int32Data: [-7, 5] }, [-7, 5]],
    [DataType.UINT16, { int32Data: [65535, 5] }, [65535, 5]],
    [DataType.BOOL, { int32Data: [1, 0] }, [1, 0]],
    [DataType.FLOAT16, { int32Data: [0x3c00, 0x7bff] }, [0x3c00, 0x7bff]],
    [DataType.BFLOAT16, { int32Data: [0x3f80, 0x4000] }, [0x3f80, 0x4000]],
    [DataType.BFLOAT16, { floatData: [1, 2] }, [0x3f80, 0x4000]],
  ])('reads data type %i from its typed field', (dataType, field, expected) => {
    const { data } = tensorFromProto(create(TensorProtoSchema, { dataType, dims: [2n], ...field }));
    expect(Array.from(data as ArrayLike<number | bigint>)).toEqual(expected);
  });

  it.each([
    ['strings', { dataType: DataType.STRING, dims: [1n], stringData: [new Uint8Array(1)] }, /STRING/],
    ['4-bit integers', { dataType: DataType.INT4, dims: [2n], rawData: new Uint8Array(1) }, /INT4/],
    ['a type from the future', { dataType: 99, dims: [1n], rawData: new Uint8Array(1) }, /99/],
    ['too few bytes', { dataType: DataType.FLOAT, dims: [2n], rawData: new Uint8Array(7) }, /needs 8 bytes and has 7/],
    [
      'too few elements',
      { dataType: DataType.FLOAT, dims: [2n], floatData: [1] },
      /1 elements where its shape needs 2/,
    ],
    ['a negative size', { dataType: DataType.FLOAT, dims: [-1n] }, /impossible shape/],
    ['an endless size', { dataType: DataType.FLOAT, dims: [2n ** 62n] }, /impossible shape/],
    ['sizes that multiply beyond memory', { dataType: DataType.FLOAT, dims: [2n ** 50n, 2n ** 50n] }, /elements where/],
  ])('tells what is wrong with %s', (_, fields, message) => {
    const read = (): unknown => tensorFromProto(create(TensorProtoSchema, fields));
    expect(read).toThrow(ModelFileError);
    expect(read).toThrow(message);
  });
});
