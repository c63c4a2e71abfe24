import { fromFloat16 } from '../tensor/half';
import type { SampleShape } from './dataset';
import type { Column } from './columns';
import type { DataFile } from './dataFile';

/** How one number is stored. */
export interface NumberFormat {
  readonly kind: 'int' | 'uint' | 'float';
  readonly bytes: 1 | 2 | 4 | 8;
  readonly littleEndian: boolean;
}

/** Dimensions of stored samples without the first, which counts them. */
export interface ImageLayout {
  readonly dims: SampleShape['dims'];
  /** Channels stand last in the file. */
  readonly channelsLast: boolean;
}

/** The rows of an array in a file, in whatever number format, turned to planes when its channels stand last. */
export function numberColumn(
  file: DataFile,
  format: NumberFormat,
  { offset, length, layout }: { offset: number; length: number; layout: ImageLayout },
): Column {
  const [channels, height, width] = layout.dims;
  const count = channels * height * width;
  const bytes = new Uint8Array(count * format.bytes);
  const view = new DataView(bytes.buffer);
  const number = reader(view, format);
  const interleaved = layout.channelsLast && channels > 1;
  const plane = height * width;
  return {
    length,
    width: count,
    type: format.kind === 'uint' && format.bytes === 1 ? 'uint8' : 'float32',
    read(index, target, at) {
      file.read(offset + index * bytes.length, bytes);
      if (!interleaved) for (let i = 0; i < count; i++) target[at + i] = number(i * format.bytes);
      else
        for (let p = 0, i = 0; p < plane; p++)
          for (let c = 0; c < channels; c++, i++) target[at + c * plane + p] = number(i * format.bytes);
    },
  };
}

function reader(view: DataView, { kind, bytes, littleEndian }: NumberFormat): (at: number) => number {
  switch (`${kind}${bytes}` as const) {
    case 'uint1':
      return (at) => view.getUint8(at);
    case 'int1':
      return (at) => view.getInt8(at);
    case 'uint2':
      return (at) => view.getUint16(at, littleEndian);
    case 'int2':
      return (at) => view.getInt16(at, littleEndian);
    case 'uint4':
      return (at) => view.getUint32(at, littleEndian);
    case 'int4':
      return (at) => view.getInt32(at, littleEndian);
    case 'uint8':
      return (at) => Number(view.getBigUint64(at, littleEndian));
    case 'int8':
      return (at) => Number(view.getBigInt64(at, littleEndian));
    case 'float4':
      return (at) => view.getFloat32(at, littleEndian);
    case 'float8':
      return (at) => view.getFloat64(at, littleEndian);
    case 'float2':
      return (at) => fromFloat16(view.getUint16(at, littleEndian));
    case 'float1':
      throw new TypeError('There are no floats of one byte.');
  }
}
