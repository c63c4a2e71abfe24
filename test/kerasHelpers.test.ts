import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { rewriteCall, type CallForm } from '../src/source/rewrite/rewriteCall';
import { analysed, type MadeLayer } from '../src/source/rewrite/testing/analysed';
import { applyEdits } from '../src/source/rewrite/textEdit';
import { runPython } from './support/torch';

const missing = spawnSync('/usr/bin/python3', ['--version']).error?.message;
if (missing !== undefined) process.stderr.write(`kerasHelpers.test.ts is skipped, Python is not there: ${missing}\n`);

const folder = mkdtempSync(join(tmpdir(), 'layerwise-keras-helpers-'));
afterAll(() => rmSync(folder, { recursive: true }));

function madeBy(source: string): unknown {
  const path = join(folder, 'rewritten.py');
  writeFileSync(path, source);
  return JSON.parse(runPython('recordedKeras.py', path));
}

function rewritten(call: string, kernel: readonly number[], rank: number, form: CallForm): string {
  const op = /^\w+/.exec(call)![0];
  const text = `from keras.layers import ${op}\n\nstrides, d = 2, None\nmade = ${call}\n`;
  const filters = kernel.at(-1)!;
  const settings: MadeLayer['settings'] =
    op === 'Dense' ? { units: filters } : { filters, kernel_size: kernel.slice(0, -2) };
  const layer: MadeLayer = { path: 'it', call: op, op, settings, parameters: { kernel } };
  const places = kernel.slice(0, -2).reduce((product, size) => product * size, 1);
  const choice = { method: places > 1 ? ('tucker' as const) : ('svd' as const), rank };
  return applyEdits(text, rewriteCall(text, analysed(text, [layer]).analysis.calls[0], choice, form).edits);
}

/** The form in place is tested by its text. */
describe.skipIf(missing !== undefined)('a helper of Keras makes what the form in place makes', () => {
  it.each<[string, readonly number[], number]>([
    ['Conv2D(40, 3)', [3, 3, 24, 40], 8],
    ['Conv2D(40, 3, strides, "same", d, 2, 1, "relu", False, name="stem")', [3, 3, 24, 40], 8],
    [
      'Conv2D(filters=40, kernel_size=(3, 5), padding="same", activation="relu", data_format="channels_last")',
      [3, 5, 24, 40],
      8,
    ],
    ['Conv2D(40, 3, input_shape=(9, 9, 4), kernel_initializer="he_normal", bias_initializer="ones")', [3, 3, 4, 40], 9],
    [
      'Conv2D(6, 3, kernel_regularizer="l2", bias_regularizer="l1", bias_constraint="c", activity_regularizer="a")',
      [3, 3, 24, 6],
      8,
    ],
    ['Conv1D(40, 5, padding="causal", dilation_rate=4, dtype="float16")', [5, 24, 40], 8],
    ['Conv3D(40, 3, strides=(1, 2, 2), groups=1, trainable=False)', [3, 3, 3, 24, 40], 8],
    [
      'Conv2D(40, 1, strides=2, padding="same", activation="relu", input_shape=(9, 9, 24), name="point")',
      [1, 1, 24, 40],
      8,
    ],
    ['Conv2D(40, 1, use_bias=False, kernel_initializer="he_normal", activity_regularizer="a")', [1, 1, 24, 40], 8],
    ['Dense(40, "relu", False, name="hidden")', [24, 40], 8],
    ['Dense(40, input_dim=24, kernel_initializer="k", bias_initializer="b", activity_regularizer="a")', [24, 40], 8],
  ])('%s', (call, kernel, rank) => {
    const made = madeBy(rewritten(call, kernel, rank, 'helper')) as { layers: readonly object[] };
    expect(made).toEqual(madeBy(rewritten(call, kernel, rank, 'inline')));
    expect(made.layers).toHaveLength(kernel.length > 2 && kernel[0] > 1 ? 3 : 2);
  });

  it.each<[string, readonly number[]]>([
    ['Conv2D(40, 3', [3, 3, 24, 40]],
    ['Conv2D(40, 1', [1, 1, 24, 40]],
    ['Dense(40', [24, 40]],
  ])('and refuses at run time what has no such form: %s)', (call, kernel) => {
    const run = (more: string): unknown =>
      madeBy(rewritten(`${call}, **options)`, kernel, 8, 'helper').replace('made =', `options = ${more}\nmade =`));
    expect(run('{"kernel_constraint": "c"}')).toMatchObject({
      refused: expect.stringContaining('constraint') as string,
    });
    expect(run('{"kernel_constraint": None}')).toMatchObject({ layer: 'Sequential' });
    if (call.startsWith('Conv'))
      expect(run('{"groups": 2}')).toMatchObject({ refused: expect.stringContaining('groups') as string });
  });
});
