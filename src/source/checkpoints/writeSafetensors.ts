import { AtomicFiles } from '../../onnx/atomicFile';
import { arrayOf, sizeOf, type ElementType, type Tensor } from '../../tensor/tensor';
import { toBytes } from './elements';
import { CheckpointFileError } from './errors';
import { safetensorsTypes } from './safetensors';

/** A tensor to be written; its elements are asked for when their turn comes, so that not all are in memory at once. */
export interface TensorToWrite {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly number[];
  read(): Tensor;
}

const names = new Map<ElementType, string>(Object.entries(safetensorsTypes).map(([name, type]) => [type, name]));

/**
 * Writes a `.safetensors` file that appears whole or not at all. The same tensors give the same bytes in whatever order
 * they are given: wide elements first, which keeps every tensor aligned, then by name.
 * @param metadata text to keep beside the tensors
 */
export function writeSafetensors(
  path: string,
  tensors: Iterable<TensorToWrite>,
  metadata: Readonly<Record<string, string>> = { format: 'pt' },
): void {
  const ordered = [...tensors].sort((a, b) => widthOf(b) - widthOf(a) || (a.name < b.name ? -1 : 1));
  const header: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  header.__metadata__ = Object.fromEntries(Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1)));
  let end = 0;
  for (const { name, type, dims, ...rest } of ordered) {
    if (name in header) throw new CheckpointFileError(`Two tensors are called ${name}.`, 'Rename one of them.');
    const start = end;
    end += sizeOf(dims) * widthOf({ name, type, dims, ...rest });
    header[name] = { dtype: names.get(type), shape: dims, data_offsets: [start, end] };
  }
  const files = new AtomicFiles();
  try {
    const write = files.begin(path);
    for (const piece of framed(JSON.stringify(header))) write(piece);
    for (const tensor of ordered) write(bytesOf(tensor));
    files.commit();
  } catch (error) {
    files.discard();
    throw error;
  }
}

function widthOf({ type }: TensorToWrite): number {
  return arrayOf[type].BYTES_PER_ELEMENT;
}

/** The header behind its length, filled with spaces to a multiple of 8 bytes. */
function framed(header: string): Uint8Array[] {
  const text = new TextEncoder().encode(header);
  const length = Math.ceil(text.length / 8) * 8;
  const size = new Uint8Array(8);
  new DataView(size.buffer).setBigUint64(0, BigInt(length), true);
  return [size, text, new Uint8Array(length - text.length).fill(0x20)];
}

function bytesOf({ name, type, dims, read }: TensorToWrite): Uint8Array {
  const tensor = read();
  if (tensor.type !== type || tensor.data.length !== sizeOf(dims))
    throw new CheckpointFileError(`${name} changed while it was written.`, 'Leave the checkpoint alone and try again.');
  return toBytes(tensor);
}
