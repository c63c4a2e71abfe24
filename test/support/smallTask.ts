import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeModel } from '../../src/onnx/write';
import { Random } from '../../src/tensor/random';
import { plainCnn } from '../../src/training/networks/plainCnn';

const side = 16;
const classes = 4;

export interface SmallTask {
  readonly model: string;
  /** Spec of the data set. */
  readonly data: string;
}

/** A network of four convolutions and images it can tell apart: bars in four directions, with noise. */
export function makeSmallTask(folder: string): SmallTask {
  const data = join(folder, 'data');
  mkdirSync(data, { recursive: true });
  writeIdx(data, 'train', 768, 1);
  writeIdx(data, 't10k', 256, 2);
  const model = join(folder, 'small.onnx');
  writeModel(
    plainCnn({
      stages: [
        { width: 16, depth: 1 },
        { width: 32, depth: 3, halved: true },
      ],
      classes,
      inputChannels: 1,
      imageSize: side,
      seed: 1,
    }),
    model,
  );
  return { model, data: `idx:${data}` };
}

/** Files as MNIST has them: a header of big-endian sizes, then bytes. */
function writeIdx(folder: string, part: string, count: number, seed: number): void {
  const random = Random.of(seed);
  const images = new Uint8Array(count * side * side);
  const labels = new Uint8Array(count);
  for (let n = 0; n < count; n++) {
    labels[n] = n % classes;
    const at = 3 + random.integer(side - 6);
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        const distances = [y - at, x - at, y - x + at - side / 2, y + x - at - side / 2];
        const bar = Math.abs(distances[labels[n]]) < 2 ? 150 : 0;
        images[(n * side + y) * side + x] = bar + random.integer(100);
      }
    }
  }
  const header = (magic: number, sizes: readonly number[]): Buffer => {
    const bytes = Buffer.alloc(4 + 4 * sizes.length);
    bytes.writeUInt32BE(magic, 0);
    sizes.forEach((size, i) => bytes.writeUInt32BE(size, 4 + 4 * i));
    return bytes;
  };
  writeFileSync(join(folder, `${part}-images-idx3-ubyte`), Buffer.concat([header(0x803, [count, side, side]), images]));
  writeFileSync(join(folder, `${part}-labels-idx1-ubyte`), Buffer.concat([header(0x801, [count]), labels]));
}
