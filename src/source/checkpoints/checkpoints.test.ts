import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bufferSource } from '../../onnx/byteSource';
import { arrayOf, sizeOf, type ElementType, type Tensor, type TypedArray } from '../../tensor/tensor';
import { numbers } from '../../tensor/convert';
import type { Checkpoint } from './checkpoint';
import { CheckpointFileError } from './errors';
import { openCheckpoint, readCheckpoint } from './openCheckpoint';
import { writeSafetensors, type TensorToWrite } from './writeSafetensors';

/** What test/fixtures/makeCheckpoints.py writes. */
const folder = join(__dirname, '../../../test/fixtures/checkpoints');
const file = (name: string): string => join(folder, name);

interface Expected {
  readonly dims: readonly number[];
  readonly dtype: string;
  readonly values: readonly (number | string | boolean)[];
}

const expected = (name: string): Record<string, Expected> =>
  JSON.parse(fs.readFileSync(file(name), 'utf8')) as Record<string, Expected>;

function plain(tensor: Tensor): (number | string | boolean)[] {
  if (tensor.data instanceof BigInt64Array) return Array.from(tensor.data, String);
  return Array.from(numbers(tensor), (value) => (tensor.type === 'bool' ? value === 1 : value));
}

function withCheckpoint<T>(name: string, use: (checkpoint: Checkpoint) => T): T {
  const checkpoint = openCheckpoint(file(name));
  try {
    return use(checkpoint);
  } finally {
    checkpoint.close();
  }
}

describe('PyTorch checkpoints', () => {
  it.each(['zip.pt', 'legacy.pt', 'legacy4.pt', 'deflated.pt'])(
    '%s: every dtype and every strided view has the elements PyTorch says',
    (name) => {
      withCheckpoint(name, ({ tensors, format, within }) => {
        expect([format, within]).toEqual(['torch', '']);
        const truth = expected('state.json');
        expect([...tensors.keys()]).toEqual(Object.keys(truth));
        for (const [key, { dims, dtype, values }] of Object.entries(truth)) {
          const tensor = tensors.get(key)!.read();
          expect([key, tensor.type, tensor.dims]).toEqual([key, dtype, dims]);
          expect([key, ...plain(tensor)]).toEqual([key, ...values]);
        }
      });
    },
  );

  it('finds the weights beside an optimiser, counters and settings', () => {
    withCheckpoint('training.pt', ({ tensors, within }) => {
      expect(within).toBe('state_dict');
      const truth = expected('training.json');
      expect([...tensors.keys()]).toEqual(Object.keys(truth));
      for (const [key, { values }] of Object.entries(truth)) expect(plain(tensors.get(key)!.read())).toEqual(values);
    });
  });

  it('lists a tensor of complex numbers and says why it is not read', () => {
    withCheckpoint('complex.pt', ({ tensors }) => {
      expect(tensors.get('w')).toMatchObject({ dims: [2], type: undefined, storedAs: 'torch.complex64' });
      expect(() => tensors.get('w')!.read()).toThrow(/torch\.complex64/);
    });
  });
});

describe('pickles that would run code', () => {
  it.each([
    ['system.pt', 'posix.system'],
    ['eval.pt', /builtins\.eval|__builtin__\.eval/],
    ['getattr.pt', /builtins\.getattr|__builtin__\.getattr/],
    ['wholeModel.pt', 'torch.nn.modules.container.Sequential'],
  ])('%s is refused by the name of what it asks for', (name, asked) => {
    const error = refusal(() => openCheckpoint(file(name)));
    expect(error.message).toMatch(asked);
    expect(error.hint).toContain('state_dict()');
    expect(fs.existsSync('/tmp/layerwise-was-here')).toBe(false);
  });

  it('refuses a call of something that is not callable', () => {
    // torch.float32 (an element type) called with no arguments.
    const pickle = Buffer.from('ctorch\nfloat32\n)R.', 'latin1');
    expect(refusal(() => readCheckpoint(bufferSource(legacy(pickle)))).message).toContain('damaged');
  });

  it('does not let a pickle change what the list of harmless classes holds', () => {
    // Gives the maker of OrderedDict a property, as `BUILD` would an object.
    const pickle = Buffer.from("ccollections\nOrderedDict\n}(S'call'\nI1\nub.", 'latin1');
    expect(refusal(() => readCheckpoint(bufferSource(legacy(pickle)))).message).toContain('damaged');
    withCheckpoint('zip.pt', ({ tensors }) => expect(tensors.size).toBeGreaterThan(0));
  });

  it('refuses tensors that reach beyond their storage', () => {
    const storage = "(S'storage'\nctorch\nFloatStorage\nS'0'\nS'cpu'\nI4\nNtQ";
    for (const [offset, size, stride] of [
      ['I1', '(I4\nt', '(I1\nt'],
      ['I0', '(I2\nt', '(I9\nt'],
      ['I0', '(I2\nt', '(I-1\nt'],
    ]) {
      const text = `}S'w'\nctorch._utils\n_rebuild_tensor\n(${storage}${offset}\n${size}${stride}tRs.`;
      const error = refusal(() => readCheckpoint(bufferSource(legacy(Buffer.from(text, 'latin1')))));
      expect(error.message).toMatch(/storage|strides/);
    }
  });
});

describe('Keras files', () => {
  const truth = expected('keras.json');
  const check = (name: string, names: readonly string[], path: string): void =>
    withCheckpoint(name, ({ tensors, within, format }) => {
      expect([format, within, [...tensors.keys()].sort()]).toEqual(['keras', path, [...names].sort()]);
      for (const [i, key] of ['kernel', 'bias', 'dense'].entries()) {
        const tensor = tensors.get(names[i]);
        if (!tensor) continue;
        expect([tensor.type, tensor.dims]).toEqual([truth[key].dtype, truth[key].dims]);
        expect(plain(tensor.read())).toEqual(truth[key].values);
      }
    });

  it('names tensors as Keras does, in files of save_weights and of save', () => {
    const names = ['conv2d/kernel', 'conv2d/bias', 'dense/kernel'];
    check('keras2.weights.h5', names, '');
    check('keras2.model.h5', names, 'model_weights');
  });

  it('reads files of Keras 3, alone and in an archive', () => {
    const names = ['conv2d/vars/0', 'conv2d/vars/1', 'dense/vars/0'];
    check('keras3.weights.h5', names, 'layers');
    check('model.keras', names, 'layers');
  });

  it('takes the names that the model gives to its layers, where Keras 3 notes them', () =>
    check('keras3.named.weights.h5', ['stem/vars/0', 'stem/vars/1', 'head/vars/0'], 'layers'));

  it('reads packed tensors', () => check('chunked.h5', ['conv2d/kernel'], ''));
});

describe('damaged files', () => {
  it.each(['zip.pt', 'legacy.pt', 'deflated.pt', 'keras2.weights.h5', 'training.pt'])(
    '%s cut anywhere gives one clear error or the right elements',
    (name) => {
      const whole = fs.readFileSync(file(name));
      const truth = readAll(whole);
      const property = fc.property(fc.integer({ min: 0, max: whole.length - 1 }), (length) => {
        const result = attempt(() => readAll(whole.subarray(0, length)));
        if (result instanceof CheckpointFileError) expect(result.hint).not.toBe('');
        else expect(result).toEqual(truth);
      });
      fc.assert(property, { numRuns: 60 });
    },
  );

  it.each(['zip.pt', 'legacy.pt'])('%s with bytes changed never fails in another way', (name) => {
    const whole = fs.readFileSync(file(name));
    const flip = fc.tuple(fc.integer({ min: 0, max: whole.length - 1 }), fc.integer({ min: 1, max: 255 }));
    const property = fc.property(fc.array(flip, { minLength: 1, maxLength: 4 }), (flips) => {
      const bytes = Uint8Array.from(whole);
      for (const [at, change] of flips) bytes[at] ^= change;
      attempt(() => readAll(bytes));
    });
    fc.assert(property, { numRuns: 300 });
  });

  it('names the path of a file that is absent, a folder, or something else', () => {
    expect(refusal(() => openCheckpoint(file('absent.pt'))).message).toContain('absent.pt');
    expect(refusal(() => openCheckpoint(folder)).message).toContain('folder');
    expect(refusal(() => openCheckpoint(file('plain.pkl'))).message).toContain('no checkpoint that is known');
  });
});

describe('safetensors', () => {
  let scratch: string;
  beforeAll(() => {
    scratch = fs.mkdtempSync(join(tmpdir(), 'layerwise-safetensors-'));
  });
  afterAll(() => fs.rmSync(scratch, { recursive: true }));

  const types = Object.keys(arrayOf) as ElementType[];
  const arbitrary = fc.uniqueArray(
    fc.record({
      name: fc.string({ minLength: 1, unit: 'grapheme' }).filter((name) => name !== '__metadata__'),
      type: fc.constantFrom(...types),
      dims: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }),
      seed: fc.integer({ min: 0, max: 255 }),
    }),
    { selector: ({ name }) => name, maxLength: 8 },
  );

  it('gives back what was written, in bytes that do not depend on the order', () => {
    fc.assert(
      fc.property(arbitrary, (specs) => {
        const [path, other] = [join(scratch, 'a.safetensors'), join(scratch, 'b.safetensors')];
        const tensors = specs.map(({ name, type, dims, seed }) => filled(name, type, dims, seed));
        writeSafetensors(path, tensors);
        writeSafetensors(other, [...tensors].reverse());
        expect(fs.readFileSync(path).equals(fs.readFileSync(other))).toBe(true);
        const { tensors: read, close } = openCheckpoint(path);
        expect(read.size).toBe(tensors.length);
        for (const { name, type, dims, read: truth } of tensors) {
          expect(read.get(name)).toMatchObject({ type, dims });
          expect(read.get(name)!.read()).toEqual(truth());
        }
        close();
      }),
      { numRuns: 50 },
    );
  });

  it('leaves nothing behind when a tensor fails while it is written', () => {
    const path = join(scratch, 'broken.safetensors');
    const broken: TensorToWrite = {
      ...filled('w', 'float32', [2], 1),
      read: () => filled('w', 'float32', [3], 1).read(),
    };
    expect(() => writeSafetensors(path, [broken])).toThrow(CheckpointFileError);
    expect(fs.readdirSync(scratch).filter((name) => name.includes('broken'))).toEqual([]);
  });

  it.each([
    ['a range beyond the end', { w: { dtype: 'F32', shape: [4], data_offsets: [0, 16] } }],
    ['a shape that does not fit', { w: { dtype: 'F32', shape: [3], data_offsets: [0, 8] } }],
    ['a range backwards', { w: { dtype: 'F32', shape: [0], data_offsets: [8, 8 - 4] } }],
    ['a negative size', { w: { dtype: 'F32', shape: [-1, -2], data_offsets: [0, 8] } }],
    [
      'shared bytes',
      { v: { dtype: 'F32', shape: [2], data_offsets: [0, 8] }, w: { dtype: 'F32', shape: [1], data_offsets: [4, 8] } },
    ],
    ['no shape', { w: { dtype: 'F32', data_offsets: [0, 8] } }],
  ])('refuses %s', (_what, header) => {
    const text = Buffer.from(JSON.stringify(header));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(text.length));
    const bytes = Buffer.concat([length, text, Buffer.alloc(8)]);
    expect(refusal(() => readCheckpoint(bufferSource(bytes))).message).toContain('damaged');
  });
});

/** A legacy checkpoint around a pickle of the objects and one float32 storage of 4 elements. */
function legacy(pickle: Uint8Array): Uint8Array {
  const count = Buffer.alloc(8);
  count.writeBigUInt64LE(4n);
  return Buffer.concat([
    Buffer.from('80028a0a6cfc9c46f9206aa850192e', 'hex'),
    Buffer.from('80024de9032e', 'hex'),
    Buffer.from('}.', 'latin1'),
    pickle,
    Buffer.from("]S'0'\na.", 'latin1'),
    count,
    Buffer.alloc(16),
  ]);
}

function filled(name: string, type: ElementType, dims: readonly number[], seed: number): TensorToWrite {
  const data: TypedArray = new arrayOf[type](sizeOf(dims));
  new Uint8Array(data.buffer).forEach((_, i, bytes) => (bytes[i] = (seed + 37 * i) % (type === 'bool' ? 2 : 120)));
  return { name, type, dims, read: () => ({ type, dims, data }) };
}

function readAll(bytes: Uint8Array): unknown {
  const { tensors } = readCheckpoint(bufferSource(bytes));
  return [...tensors.values()].map(({ name, type, read }) => [name, type && read()]);
}

/** The work's result or its CheckpointFileError; any other error passes on. */
function attempt(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    if (error instanceof CheckpointFileError) return error;
    throw error;
  }
}

function refusal(work: () => unknown): CheckpointFileError {
  const error = attempt(work);
  if (!(error instanceof CheckpointFileError)) throw new Error('It was not refused.');
  return error;
}
