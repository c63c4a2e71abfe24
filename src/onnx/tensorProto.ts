import { create } from '@bufbuild/protobuf';
import { toBfloat16 } from '../tensor/half';
import { arrayOf, sizeOf, type ElementType, type Tensor, type TypedArray } from '../tensor/tensor';
import { TensorProto_DataType as DataType, TensorProtoSchema, type TensorProto } from './generated/onnx_pb';
import { ModelFileError } from './errors';

const typeOfCode: Partial<Record<DataType, ElementType>> = {
  [DataType.FLOAT]: 'float32',
  [DataType.DOUBLE]: 'float64',
  [DataType.FLOAT16]: 'float16',
  [DataType.BFLOAT16]: 'bfloat16',
  [DataType.INT8]: 'int8',
  [DataType.UINT8]: 'uint8',
  [DataType.INT16]: 'int16',
  [DataType.UINT16]: 'uint16',
  [DataType.INT32]: 'int32',
  [DataType.UINT32]: 'uint32',
  [DataType.INT64]: 'int64',
  [DataType.UINT64]: 'uint64',
  [DataType.BOOL]: 'bool',
};
const codeOfType = Object.fromEntries(Object.entries(typeOfCode).map(([code, type]) => [type, Number(code)])) as Record<
  ElementType,
  DataType
>;

/** The element type of an ONNX data type code, or `undefined` for those that have no typed array (strings, 4-bit, ...). */
export function elementType(code: number): ElementType | undefined {
  return typeOfCode[code as DataType];
}

/** The ONNX data type code of an element type. */
export function dataTypeCode(type: ElementType): DataType {
  return codeOfType[type];
}

/** Bits of one element as `raw_data` stores it; 0 where the length is not fixed (strings). */
export function bitsPerElement(code: number): number {
  const type = elementType(code);
  if (type) return arrayOf[type].BYTES_PER_ELEMENT * 8;
  switch (code as DataType) {
    case DataType.COMPLEX64:
      return 64;
    case DataType.COMPLEX128:
      return 128;
    case DataType.FLOAT8E4M3FN:
    case DataType.FLOAT8E4M3FNUZ:
    case DataType.FLOAT8E5M2:
    case DataType.FLOAT8E5M2FNUZ:
      return 8;
    case DataType.UINT4:
    case DataType.INT4:
    case DataType.FLOAT4E2M1:
      return 4;
    default:
      return 0;
  }
}

/** A tensor as a message, its elements in `raw_data` (little-endian, as ONNX demands and every supported machine has). */
export function tensorToProto(tensor: Tensor, name = ''): TensorProto {
  const { data } = tensor;
  return create(TensorProtoSchema, {
    name,
    dims: tensor.dims.map((dim) => BigInt(dim)),
    dataType: dataTypeCode(tensor.type),
    rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  });
}

/** Little-endian bytes as a tensor; copies only when the bytes are not aligned for their element type. */
export function tensorFromBytes(type: ElementType, dims: readonly number[], bytes: Uint8Array): Tensor {
  const count = sizeOf(dims);
  const Type = arrayOf[type];
  if (bytes.byteLength < count * Type.BYTES_PER_ELEMENT) {
    throw new ModelFileError(
      `A tensor of ${dims.join('x')} ${type} needs ${count * Type.BYTES_PER_ELEMENT} bytes and has ${bytes.byteLength}.`,
      'The file is damaged or was cut short; export the model again.',
    );
  }
  const aligned = bytes.byteOffset % Type.BYTES_PER_ELEMENT === 0 ? bytes : new Uint8Array(bytes);
  return { type, dims: [...dims], data: new Type(aligned.buffer as ArrayBuffer, aligned.byteOffset, count) };
}

/**
 * A message's elements, from `raw_data` or from the typed field of its data type.
 * Throws a ModelFileError for data types that have no typed array.
 */
export function tensorFromProto(proto: TensorProto, rawData: Uint8Array = proto.rawData): Tensor {
  const type = elementType(proto.dataType);
  const dims = proto.dims.map(Number);
  if (!type) {
    throw new ModelFileError(
      `Tensor ${proto.name || '(unnamed)'} has the data type ${DataType[proto.dataType] ?? proto.dataType}, which holds no numbers Layerwise works with.`,
      'Such tensors are kept as they are; choose other layers.',
    );
  }
  if (dims.some((dim) => !Number.isSafeInteger(dim) || dim < 0)) {
    throw new ModelFileError(
      `Tensor ${proto.name || '(unnamed)'} has the impossible shape ${dims.join('x')}.`,
      'The file is damaged; export the model again.',
    );
  }
  if (rawData.byteLength > 0 || sizeOf(dims) === 0) return tensorFromBytes(type, dims, rawData);
  return { type, dims, data: typedField(proto, type, sizeOf(dims)) };
}

function typedField(proto: TensorProto, type: ElementType, count: number): TypedArray {
  const field: readonly (number | bigint)[] =
    type === 'float32'
      ? proto.floatData
      : type === 'float64'
        ? proto.doubleData
        : type === 'int64'
          ? proto.int64Data
          : type === 'uint64' || type === 'uint32'
            ? proto.uint64Data
            : proto.int32Data;
  // Old writers put bfloat16 values, not patterns, into float_data.
  const values = type === 'bfloat16' && field.length === 0 ? proto.floatData.map(toBfloat16) : field;
  if (values.length < count) {
    throw new ModelFileError(
      `Tensor ${proto.name || '(unnamed)'} has ${values.length} elements where its shape needs ${count}.`,
      'The file is damaged; export the model again.',
    );
  }
  const data = new arrayOf[type](count);
  const big = data instanceof BigInt64Array || data instanceof BigUint64Array;
  for (let i = 0; i < count; i++) {
    (data as { [index: number]: number | bigint })[i] = big ? BigInt(values[i]) : Number(values[i]);
  }
  return data;
}
