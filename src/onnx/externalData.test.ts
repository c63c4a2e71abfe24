import { create } from '@bufbuild/protobuf';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { float32 } from '../tensor/tensor';
import { ModelFileError } from './errors';
import { resolveExternalData } from './externalData';
import { GraphProtoSchema, TensorProto_DataType, TensorProtoSchema, type TensorProto } from './generated/onnx_pb';
import { makeNode } from './graph';
import { Model } from './model';
import { readModel } from './read';
import { tensorFromProto } from './tensorProto';
import { encodeModel, writeModel } from './write';

let outer: string;
let folder: string;
beforeAll(() => {
  outer = mkdtempSync(join(tmpdir(), 'layerwise-'));
  folder = join(outer, 'model');
  mkdirSync(join(folder, 'inner'), { recursive: true });
  writeFileSync(join(outer, 'secret.bin'), new Uint8Array(4096));
  writeFileSync(join(folder, 'inner', 'weights.bin'), new Uint8Array(new Float32Array([1, 2, 3, 4]).buffer));
  symlinkSync(join(outer, 'secret.bin'), join(folder, 'link.bin'));
  symlinkSync(outer, join(folder, 'up'));
  symlinkSync(join(folder, 'inner', 'weights.bin'), join(folder, 'harmless.bin'));
});
afterAll(() => rmSync(outer, { recursive: true, force: true }));

function external(location: string, entries: Record<string, string> = {}, dims = [4n]): TensorProto {
  return create(TensorProtoSchema, {
    name: 'w',
    dims,
    dataType: TensorProto_DataType.FLOAT,
    dataLocation: 1,
    externalData: Object.entries({ location, ...entries }).map(([key, value]) => ({ key, value })),
  });
}

describe('external data', () => {
  it('is found inside the folder of the model, through links that stay inside too', () => {
    for (const location of ['inner/weights.bin', './inner/../inner/weights.bin', 'harmless.bin'])
      expect(resolveExternalData(external(location), folder)).toMatchObject({ offset: 0, length: 16 });
    expect(resolveExternalData(external('harmless.bin', { offset: '4', length: '8' }), folder)).toMatchObject({
      offset: 4,
      length: 8,
    });
  });

  it.each(['../secret.bin', 'inner/../../secret.bin', 'link.bin', 'up/secret.bin', '.', '..'])(
    'outside the folder is refused: %s',
    (location) => {
      expect(() => resolveExternalData(external(location), folder)).toThrow(/outside the model's folder/);
    },
  );

  it('by an absolute path is refused, even to a file inside', () => {
    expect(() => resolveExternalData(external(join(outer, 'secret.bin')), folder)).toThrow(/outside/);
    expect(() => resolveExternalData(external(join(folder, 'harmless.bin')), folder)).toThrow(/outside/);
  });

  it('that is missing, a folder, or has no place is told', () => {
    for (const location of ['none.bin', 'inner', 'a\0b'])
      expect(() => resolveExternalData(external(location), folder)).toThrow(/is missing/);
    expect(() => resolveExternalData(external(''), folder)).toThrow(/not where/);
  });

  it.each([
    [{ offset: '8' }, /should lie at bytes 8 to 24/],
    [{ length: '17' }, /which has 16/],
    [{ offset: '-4' }, /no place/],
    [{ offset: 'x' }, /no place/],
    [{ length: 'NaN' }, /no place/],
    [{ length: '1e1' }, /no place/],
    [{ offset: '99999999999999999999' }, /no place/],
  ])('outside the file is refused: %o', (entries, message) => {
    expect(() => resolveExternalData(external('harmless.bin', entries as Record<string, string>), folder)).toThrow(
      message,
    );
    expect(() => resolveExternalData(external('harmless.bin', {}, [-4n]), folder)).toThrow(ModelFileError);
  });

  it('of Constant nodes and subgraphs comes into the model', () => {
    const branch = create(GraphProtoSchema, { name: 'branch', initializer: [external('harmless.bin')] });
    const model = Model.empty('g', { '': 18 });
    const constant = makeNode('Constant', [], ['c'], { value: { tensor: float32([4]) } });
    constant.attribute[0].t = external('harmless.bin');
    model.graph.insert([constant, makeNode('If', ['p'], ['y'], { then_branch: { graph: branch } })]);
    const path = join(folder, 'constants.onnx');
    writeModel(model, path);
    const read = readModel(path);
    expect(read.graph.constant('c')!.tensor()).toEqual(float32([4], [1, 2, 3, 4]));
    expect(tensorFromProto(read.graph.nodes[1].attribute[0].g!.initializer[0])).toEqual(float32([4], [1, 2, 3, 4]));
    expect(Buffer.from(encodeModel(read)).includes('harmless')).toBe(false);
  });
});
