import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from '../onnx/atomicFile';
import { arrayOf, sizeOf, type ElementType, type Tensor, type TypedArray } from '../tensor/tensor';
import { CheckpointError } from './errors';

/** What is saved: named tensors and anything that JSON can say. */
export interface Checkpoint {
  readonly meta: unknown;
  readonly tensors: ReadonlyMap<string, Tensor>;
}

const magic = 'LWCKPT01';
const version = 1;

/** Checkpoints kept in a folder: the newest, and the one before in case the newest is torn. */
const kept = 2;

const fileName = /^checkpoint-(\d{8})\.bin$/;

const headerSchema = z.object({
  version: z.literal(version),
  meta: z.unknown(),
  tensors: z.array(
    z.object({
      name: z.string(),
      type: z.enum(Object.keys(arrayOf) as [ElementType, ...ElementType[]]),
      dims: z.array(z.number().int().nonnegative()),
    }),
  ),
  /** Of the tensors' bytes, in order. */
  sha256: z.string(),
});

type Header = z.infer<typeof headerSchema>;

/**
 * Saves a checkpoint into a folder, which is made if need be: magic, SHA-256 and length of a JSON header, the header, the
 * tensors' bytes. The file appears whole or not at all, and the one before is kept. Returns its path.
 */
export function saveCheckpoint(folder: string, { meta, tensors }: Checkpoint): string {
  fs.mkdirSync(folder, { recursive: true });
  const present = checkpointFiles(folder);
  const number = (present.at(-1)?.number ?? 0) + 1;
  const path = join(folder, `checkpoint-${String(number).padStart(8, '0')}.bin`);
  const pieces = [...tensors.values()].map(({ data }) => bytesOf(data));
  const sha256 = createHash('sha256');
  for (const piece of pieces) sha256.update(piece);
  const header: Header = {
    version,
    meta,
    tensors: [...tensors].map(([name, { type, dims }]) => ({ name, type, dims: [...dims] })),
    sha256: sha256.digest('hex'),
  };
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  const digest = createHash('sha256').update(text).digest();

  writeFileAtomic(path, magic, digest, length, text, ...pieces);
  for (const old of present.slice(0, Math.max(0, present.length - (kept - 1)))) fs.rmSync(old.path, { force: true });
  removeLeftovers(folder);
  return path;
}

/**
 * The newest whole checkpoint of a folder; torn or damaged ones are passed over. `undefined` when there is none at all.
 * Throws a CheckpointError when there are checkpoints but none is whole.
 */
export function loadCheckpoint(folder: string): Checkpoint | undefined {
  const files = checkpointFiles(folder).reverse();
  for (const { path } of files) {
    const checkpoint = readCheckpoint(path);
    if (checkpoint) return checkpoint;
  }
  if (files.length === 0) return undefined;
  throw new CheckpointError(`All checkpoints in ${folder} are damaged.`, 'Start the run anew.');
}

function readCheckpoint(path: string): Checkpoint | undefined {
  const bytes = fs.readFileSync(path);
  const fixed = magic.length + 32 + 4;
  if (bytes.length < fixed || bytes.toString('latin1', 0, magic.length) !== magic) return undefined;
  const text = bytes.subarray(fixed, fixed + bytes.readUInt32LE(fixed - 4));
  const digest = createHash('sha256').update(text).digest();
  if (!digest.equals(bytes.subarray(magic.length, magic.length + 32))) return undefined;
  const { success, data: header } = headerSchema.safeParse(JSON.parse(text.toString()));
  if (!success) {
    throw new CheckpointError(`${path} was written by another version of Layerwise.`, 'Start the run anew.');
  }
  const payload = bytes.subarray(fixed + text.length);
  if (createHash('sha256').update(payload).digest('hex') !== header.sha256) return undefined;
  const tensors = new Map<string, Tensor>();
  let offset = 0;
  for (const { name, type, dims } of header.tensors) {
    const data = new arrayOf[type](sizeOf(dims));
    bytesOf(data).set(payload.subarray(offset, offset + data.byteLength));
    tensors.set(name, { type, dims, data });
    offset += data.byteLength;
  }
  return { meta: header.meta, tensors };
}

function checkpointFiles(folder: string): { number: number; path: string }[] {
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder)
    .flatMap((name) => {
      const match = fileName.exec(name);
      return match ? [{ number: Number(match[1]), path: join(folder, name) }] : [];
    })
    .sort((a, b) => a.number - b.number);
}

/** Temporary files of writers that were killed. One process writes to a folder at a time. */
function removeLeftovers(folder: string): void {
  for (const name of fs.readdirSync(folder)) {
    if (/^\.checkpoint-\d{8}\.bin\.[0-9a-f]{12}\.tmp$/.test(name)) fs.rmSync(join(folder, name), { force: true });
  }
}

function bytesOf(data: TypedArray): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
