import type { ByteSource } from '../../onnx/byteSource';
import { arrayOf, sizeOf, type ElementType } from '../../tensor/tensor';
import type { Checkpoint, CheckpointTensor } from './checkpoint';
import { damaged, CheckpointFileError } from './errors';
import { fromBytes } from './elements';

/** Element types by their names in the format. */
export const safetensorsTypes = {
  BOOL: 'bool',
  U8: 'uint8',
  I8: 'int8',
  U16: 'uint16',
  I16: 'int16',
  F16: 'float16',
  BF16: 'bfloat16',
  U32: 'uint32',
  I32: 'int32',
  F32: 'float32',
  U64: 'uint64',
  I64: 'int64',
  F64: 'float64',
} as const satisfies Readonly<Record<string, ElementType>>;

/** Bytes of the length that stands before the header. */
const lengthBytes = 8;

/** No header of a real model is larger; a larger one is a sign of another kind of file. */
const largestHeader = 100e6;

/** Whether the bytes can begin a .safetensors file: a plausible length and the brace of the header. */
export function looksLikeSafetensors(source: ByteSource): boolean {
  if (source.length < lengthBytes + 2) return false;
  const start = source.read(0, lengthBytes + 1);
  return headerLength(start) <= Math.min(largestHeader, source.length - lengthBytes) && start[lengthBytes] === 0x7b;
}

/**
 * A `.safetensors` file: the length of the header (64 bits), the header (JSON: name -> type, shape, range), the data.
 * Only the header is read here. Throws a CheckpointFileError when it contradicts itself or the size of the file.
 */
export function readSafetensors(source: ByteSource): Checkpoint {
  if (source.length < lengthBytes) throw damaged('it is too short for a header');
  const length = headerLength(source.read(0, lengthBytes));
  if (length > largestHeader || lengthBytes + length > source.length)
    throw damaged(`its header should take ${length} bytes, the file has ${source.length}`);
  const bytes = new Uint8Array(length);
  source.copy(lengthBytes, bytes);
  const start = lengthBytes + length;
  const tensors = new Map<string, CheckpointTensor>();
  const ranges: { readonly name: string; readonly from: number; readonly to: number }[] = [];
  for (const [name, value] of Object.entries(parsed(bytes))) {
    if (name === '__metadata__') continue;
    const { dtype, dims, from, to } = checkedEntry(name, value);
    if (start + to > source.length)
      throw damaged(`${name} should reach byte ${start + to}, the file ends at ${source.length}`);
    ranges.push({ name, from, to });
    tensors.set(name, tensorAt(source, name, dtype, dims, start + from, to - from));
  }
  checkDisjoint(ranges);
  return { format: 'safetensors', within: '', tensors, close: () => source.close() };
}

function headerLength(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, lengthBytes);
  return view.getUint32(0, true) + 2 ** 32 * view.getUint32(4, true);
}

function parsed(bytes: Uint8Array): object {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw damaged(`its header is not valid JSON (${(error as Error).message})`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw damaged('its header is not an object');
  return value;
}

interface Entry {
  readonly dtype: string;
  readonly dims: readonly number[];
  readonly from: number;
  readonly to: number;
}

function checkedEntry(name: string, value: unknown): Entry {
  const { dtype, shape, data_offsets: range } = Object(value) as Record<string, unknown>;
  const whole = (list: unknown): list is number[] =>
    Array.isArray(list) && list.every((item) => Number.isSafeInteger(item) && (item as number) >= 0);
  if (typeof dtype !== 'string' || !whole(shape) || !whole(range) || range.length !== 2 || range[0] > range[1])
    throw damaged(`the header's entry for ${name} is incomplete`);
  const type = elementTypeOf(dtype);
  if (type && sizeOf(shape) * arrayOf[type].BYTES_PER_ELEMENT !== range[1] - range[0])
    throw damaged(`${name} (${dtype} ${shape.join('x')}) does not fill its ${range[1] - range[0]} bytes`);
  return { dtype, dims: shape, from: range[0], to: range[1] };
}

function elementTypeOf(dtype: string): ElementType | undefined {
  return Object.hasOwn(safetensorsTypes, dtype) ? safetensorsTypes[dtype as keyof typeof safetensorsTypes] : undefined;
}

function tensorAt(
  source: ByteSource,
  name: string,
  dtype: string,
  dims: readonly number[],
  offset: number,
  length: number,
): CheckpointTensor {
  const type = elementTypeOf(dtype);
  return {
    name,
    dims,
    type,
    storedAs: dtype,
    read: () => {
      if (!type) {
        throw new CheckpointFileError(
          `${name} is stored as ${dtype}, which can't be read.`,
          'Convert the checkpoint to float32, float16 or bfloat16.',
        );
      }
      const bytes = new Uint8Array(length);
      source.copy(offset, bytes);
      return { type, dims, data: fromBytes(type, bytes) };
    },
  };
}

function checkDisjoint(ranges: { readonly name: string; readonly from: number; readonly to: number }[]): void {
  ranges.sort((a, b) => a.from - b.from || a.to - b.to);
  for (const [i, { name, from }] of ranges.entries()) {
    if (i > 0 && from < ranges[i - 1].to) throw damaged(`${name} and ${ranges[i - 1].name} share bytes`);
  }
}
