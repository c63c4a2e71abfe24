import { arrayOf, sizeOf, type ElementType, type Tensor } from '../../tensor/tensor';
import { CheckpointFileError, damaged } from './errors';
import { fromBytes, gathered, isContiguous } from './elements';

/** Element types of PyTorch that have a typed array, by the name of the dtype. */
const elementTypes: Readonly<Record<string, ElementType>> = {
  float32: 'float32',
  float: 'float32',
  float64: 'float64',
  double: 'float64',
  float16: 'float16',
  half: 'float16',
  bfloat16: 'bfloat16',
  int8: 'int8',
  uint8: 'uint8',
  int16: 'int16',
  short: 'int16',
  uint16: 'uint16',
  int32: 'int32',
  int: 'int32',
  uint32: 'uint32',
  int64: 'int64',
  long: 'int64',
  uint64: 'uint64',
  bool: 'bool',
};

/** Bytes of an element of the types that can be skipped over but not read. */
const otherBytes: Readonly<Record<string, number>> = {
  complex32: 4,
  complex64: 8,
  complex128: 16,
  qint8: 1,
  quint8: 1,
  qint32: 4,
  quint4x2: 1,
  quint2x4: 1,
  float8_e4m3fn: 1,
  float8_e5m2: 1,
  float8_e4m3fnuz: 1,
  float8_e5m2fnuz: 1,
};

/** The dtype of each class of storages. */
const storageTypes: Readonly<Record<string, string>> = {
  FloatStorage: 'float32',
  DoubleStorage: 'float64',
  HalfStorage: 'float16',
  BFloat16Storage: 'bfloat16',
  CharStorage: 'int8',
  ByteStorage: 'uint8',
  ShortStorage: 'int16',
  IntStorage: 'int32',
  LongStorage: 'int64',
  BoolStorage: 'bool',
  ComplexFloatStorage: 'complex64',
  ComplexDoubleStorage: 'complex128',
  QInt8Storage: 'qint8',
  QUInt8Storage: 'quint8',
  QInt32Storage: 'qint32',
  QUInt4x2Storage: 'quint4x2',
  QUInt2x4Storage: 'quint2x4',
  UntypedStorage: 'uint8',
};

/** A dtype of PyTorch, or the class of a storage, which means one. */
export class TorchType {
  constructor(readonly dtype: string) {
    Object.freeze(this);
  }

  static ofStorage(name: string): TorchType | undefined {
    return Object.hasOwn(storageTypes, name) ? new TorchType(storageTypes[name]) : undefined;
  }

  static ofDtype(name: string): TorchType | undefined {
    return Object.hasOwn(elementTypes, name) || Object.hasOwn(otherBytes, name) ? new TorchType(name) : undefined;
  }

  get element(): ElementType | undefined {
    return Object.hasOwn(elementTypes, this.dtype) ? elementTypes[this.dtype] : undefined;
  }

  get bytes(): number {
    return this.element ? arrayOf[this.element].BYTES_PER_ELEMENT : otherBytes[this.dtype];
  }
}

/** The elements that one or several tensors are views of. */
export class TorchStorage {
  constructor(
    readonly type: TorchType,
    /** Bytes, as the pickle tells. */
    readonly bytes: number,
    /** Copies bytes of the file. Throws a CheckpointFileError when they are not there. */
    readonly read: (offset: number, length: number) => Uint8Array,
  ) {
    Object.freeze(this);
  }
}

/** More bytes than this are never one tensor of a model. */
const mostBytes = 2 ** 36;

/** A tensor of a checkpoint: a strided view of a storage. Checked when it is made: it lies inside the storage. */
export class TorchTensor {
  constructor(
    private readonly storage: TorchStorage,
    readonly type: TorchType,
    private readonly offset: number,
    readonly dims: readonly number[],
    private readonly strides: readonly number[],
  ) {
    const numbers = [offset, ...dims, ...strides];
    if (dims.length !== strides.length || numbers.some((value) => !Number.isSafeInteger(value) || value < 0))
      throw damaged('a tensor has sizes or strides that are no whole numbers');
    if (sizeOf(dims) * type.bytes > mostBytes) throw damaged(`a tensor should have ${dims.join('x')} elements`);
    if (sizeOf(dims) > 0 && (offset + this.reach) * type.bytes > storage.bytes)
      throw damaged(`a tensor of ${dims.join('x')} reaches beyond the ${storage.bytes} bytes of its storage`);
    // A pickle can set fields of what it has made; these have been checked.
    Object.freeze(this);
  }

  /** Elements of the storage from the view's first to behind its last. */
  private get reach(): number {
    return 1 + this.dims.reduce((sum, dim, axis) => sum + (dim - 1) * this.strides[axis], 0);
  }

  /** Reads the elements. @param name of the tensor, for messages */
  read(name: string): Tensor {
    const type = this.type.element;
    const { dims, strides } = this;
    if (!type) {
      throw new CheckpointFileError(
        `${name} has elements of the type torch.${this.type.dtype}, which can't be read.`,
        'Save the model in float32, float16 or bfloat16.',
      );
    }
    if (sizeOf(dims) === 0) return { type, dims, data: new arrayOf[type](0) };
    const size = this.type.bytes;
    const data = fromBytes(type, this.storage.read(this.offset * size, this.reach * size));
    return { type, dims, data: isContiguous(dims, strides) ? data : gathered(data, dims, strides) };
  }
}

/** A tensor that is not a view of a storage: sparse, quantised, without elements. */
export class OtherTensor {
  constructor(readonly kind: string) {}
}
