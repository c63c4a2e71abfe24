import { create } from '@bufbuild/protobuf';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { float32 } from '../tensor/tensor';
import { ModelFileError } from './errors';
import { TensorProto_DataLocation, TensorProto_DataType, TensorProtoSchema } from './generated/onnx_pb';
import { GraphBuilder } from './graphBuilder';
import type { Model } from './model';
import { decodeModel, readModel } from './read';
import { Weight } from './weight';
import { encodeModel, writeModel } from './write';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'layerwise-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** y = x W + b with a large W and a small b. */
function sample(scale = 1): Model {
  const builder = new GraphBuilder();
  builder.input('x', 'float32', ['N', 40]);
  builder.constant(
    float32(
      [40, 30],
      Array.from({ length: 1200 }, (_, i) => scale * Math.sin(i)),
    ),
    'W',
  );
  builder.constant(float32([30], new Float32Array(30).fill(scale)), 'b');
  builder.output('y', 'float32', ['N', 30], builder.op('Gemm', ['x', 'W', 'b'], {}, { name: 'fc' }));
  return builder.model;
}

/** Runs something without the rights of the administrator, who may write everywhere. */
function withoutRights(run: () => void): void {
  if (process.getuid?.() !== 0) return run();
  const nobody = 65534;
  process.seteuid!(nobody);
  try {
    run();
  } finally {
    process.seteuid!(0);
  }
}

describe('the bytes', () => {
  it('are the same for the same model: in memory, written, read lazily and written again', () => {
    const bytes = Buffer.from(encodeModel(sample()));
    expect(Buffer.from(encodeModel(sample())).equals(bytes)).toBe(true);
    const [first, second] = ['first.onnx', 'second.onnx'].map((name) => join(folder, name));
    writeModel(sample(), first);
    writeModel(readModel(first), second);
    for (const path of [first, second]) expect(readFileSync(path).equals(bytes)).toBe(true);
    expect(Buffer.from(encodeModel(decodeModel(bytes))).equals(bytes)).toBe(true);
  });

  it('are the same with external data, which goes inside and outside again without loss', () => {
    const inside = join(folder, 'inside.onnx');
    const outside = join(folder, 'outside.onnx');
    writeModel(sample(), outside, { externalData: 'weights.bin' });
    const model = readModel(outside);
    expect(model.graph.weights.get('W')!.range).toEqual({
      path: join(folder, 'weights.bin'),
      offset: 0,
      length: 40 * 30 * 4,
    });
    writeModel(model, inside);
    expect(readFileSync(inside).equals(Buffer.from(encodeModel(sample())))).toBe(true);
    const again = join(folder, 'again');
    mkdirSync(again);
    writeModel(readModel(inside), join(again, 'outside.onnx'), { externalData: 'weights.bin' });
    for (const name of ['outside.onnx', 'weights.bin'])
      expect(readFileSync(join(again, name)).equals(readFileSync(join(folder, name)))).toBe(true);
  });
});

describe('a write that fails', () => {
  /** A model whose second weight can't be read any more, so that writing it fails half way. */
  function broken(): Model {
    const source = join(folder, 'source.onnx');
    writeModel(sample(), source);
    const model = readModel(source);
    rmSync(source);
    return model;
  }

  it.each([{}, { externalData: 'weights.bin' }])('leaves nothing behind (%o)', (options) => {
    expect(() => writeModel(broken(), join(folder, 'out.onnx'), options)).toThrow(ModelFileError);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('leaves what was there before', () => {
    const path = join(folder, 'out.onnx');
    writeModel(sample(2), path);
    expect(() => writeModel(broken(), path)).toThrow(ModelFileError);
    expect(readdirSync(folder)).toEqual(['out.onnx']);
    expect(readFileSync(path).equals(Buffer.from(encodeModel(sample(2))))).toBe(true);
  });

  it.skipIf(process.platform !== 'linux')('closes its files', () => {
    const open = (): number => readdirSync('/proc/self/fd').length;
    const model = broken();
    const before = open();
    for (let i = 0; i < 20; i++) expect(() => writeModel(model, join(folder, 'out.onnx'))).toThrow();
    expect(open()).toBe(before);
  });

  it.skipIf(process.platform === 'win32')('tells that permission is denied', () => {
    chmodSync(folder, 0o555);
    withoutRights(() =>
      expect(() => writeModel(sample(), join(folder, 'out.onnx'))).toThrow(/can't be written: permission denied/),
    );
    chmodSync(folder, 0o755);
    expect(readdirSync(folder)).toEqual([]);
  });

  it.skipIf(process.platform === 'win32')('tells that a model may not be read', () => {
    const path = join(folder, 'secret.onnx');
    writeModel(sample(), path);
    chmodSync(folder, 0o755);
    chmodSync(path, 0o000);
    withoutRights(() => expect(() => readModel(path)).toThrow(/can't be read: permission denied/));
  });

  it('tells of a missing folder, a folder in the way and an impossible name', () => {
    expect(() => writeModel(sample(), join(folder, 'none', 'out.onnx'))).toThrow(/folder of .* does not exist/);
    mkdirSync(join(folder, 'taken'));
    expect(() => writeModel(sample(), join(folder, 'taken'))).toThrow(/is a folder/);
    expect(() => writeModel(sample(), join(folder, `${'n'.repeat(300)}.onnx`))).toThrow(ModelFileError);
    for (const externalData of ['../weights.bin', '/tmp/weights.bin', 'out.onnx'])
      expect(() => writeModel(sample(), join(folder, 'out.onnx'), { externalData })).toThrow(/no name for a weights/);
    expect(readdirSync(folder)).toEqual(['taken']);
  });
});

describe('the files that weights are still read from', () => {
  it('are not overwritten, whatever name they are given by', () => {
    const path = join(folder, 'model.onnx');
    writeModel(sample(), path, { externalData: 'weights.bin' });
    symlinkSync(join(folder, 'weights.bin'), join(folder, 'symbolic'));
    linkSync(join(folder, 'weights.bin'), join(folder, 'hard'));
    const model = readModel(path);
    for (const name of ['weights.bin', 'symbolic', 'hard']) {
      expect(() => writeModel(model, join(folder, name))).toThrow(/file the weights are read from/);
      expect(() => writeModel(model, join(folder, 'other.onnx'), { externalData: name })).toThrow(ModelFileError);
    }
    expect(readModel(path).graph.weights.get('W')!.tensor()).toEqual(sample().graph.weights.get('W')!.tensor());
  });
});

describe('a large model', () => {
  const elements = 3 * 2 ** 27; // 1.5 GB of float32

  /** A file that declares weights whose elements lie in a file with holes, which takes no room on the disk. */
  function largeModel(count: number, weightElements: number): string {
    const bytes = weightElements * 4;
    const model = sample();
    const path = join(folder, 'large.onnx');
    for (let i = 0; i < count; i++) {
      const proto = create(TensorProtoSchema, {
        name: `V${i}`,
        dims: [BigInt(weightElements)],
        dataType: TensorProto_DataType.FLOAT,
        dataLocation: TensorProto_DataLocation.EXTERNAL,
        externalData: Object.entries({ location: 'holes.bin', offset: i * bytes }).map(([key, value]) => ({
          key,
          value: String(value),
        })),
      });
      model.graph.weights.set(proto.name, new Weight(proto));
    }
    writeModel(model, path);
    writeFileSync(join(folder, 'holes.bin'), '');
    truncateSync(join(folder, 'holes.bin'), count * bytes);
    return path;
  }

  it('of more than 2 GB is opened and copied without its weights', () => {
    const path = largeModel(2, elements);
    const before = process.memoryUsage().rss;
    const large = readModel(path);
    expect(large.graph.weights.get('V1')!.range).toEqual({
      path: join(folder, 'holes.bin'),
      offset: elements * 4,
      length: elements * 4,
    });
    expect(large.clone().graph.weights.get('V1')!.byteLength).toBe(elements * 4);
    expect(() => encodeModel(large)).toThrow(/more than the 2 GB/);
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 2 ** 20);
  });

  it.each([{}, { externalData: 'copy.bin' }])('is written piece by piece (%o)', (options) => {
    const model = readModel(largeModel(2, 2 ** 24)); // 2 x 64 MB
    const before = process.memoryUsage().rss;
    writeModel(model, join(folder, 'copy.onnx'), options);
    expect(process.memoryUsage().rss - before).toBeLessThan(48 * 2 ** 20);
    expect(readModel(join(folder, 'copy.onnx')).graph.weights.get('V1')!.byteLength).toBe(2 ** 26);
  });
});
