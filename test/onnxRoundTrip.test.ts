import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ModelProtoSchema } from '../src/onnx/generated/onnx_pb';
import { decodeModel, readModel } from '../src/onnx/read';
import { encodeModel, writeModel } from '../src/onnx/write';
import { sharedPath } from './support/sharedData';

/** Debian's libonnx-testdata. */
const debianCorpus = '/usr/share/libonnx-testdata';

const corpora = [
  { name: 'models beside the project', folder: sharedPath('models'), atLeast: 5 },
  { name: "Debian's libonnx-testdata", folder: existsSync(debianCorpus) ? debianCorpus : undefined, atLeast: 1000 },
];

/** The whole message, unknown fields included, in one canonical form. */
function canonical(bytes: Uint8Array): Buffer {
  return Buffer.from(toBinary(ModelProtoSchema, fromBinary(ModelProtoSchema, bytes)));
}

function modelsIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.onnx'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

const scratch = mkdtempSync(join(tmpdir(), 'layerwise-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe.each(corpora)('$name', ({ folder, atLeast }) => {
  it.skipIf(!folder)('reads and writes every model without loss', () => {
    const paths = modelsIn(folder!);
    expect(paths.length).toBeGreaterThanOrEqual(atLeast);
    const differing: string[] = [];
    for (const path of paths) {
      const original = readFileSync(path);
      const expected = canonical(original);
      const inMemory = encodeModel(decodeModel(original));
      const lazy = join(scratch, 'lazy.onnx');
      writeModel(readModel(path), lazy);
      const fromFile = readFileSync(lazy);
      if (!canonical(inMemory).equals(expected) || !fromFile.equals(inMemory)) differing.push(path);
    }
    expect(differing).toEqual([]);
  });
});
