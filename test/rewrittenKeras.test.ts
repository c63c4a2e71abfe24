import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { factoredWeights } from '../src/runs/factoredWeights';
import { analyzeSource } from '../src/source/analyze';
import { openCheckpoint } from '../src/source/checkpoints/openCheckpoint';
import { writeSafetensors } from '../src/source/checkpoints/writeSafetensors';
import type { SourceChoice } from '../src/source/rewrite/choice';
import type { SourceAnalysis, SourceCall } from '../src/source/sourceModel';
import { extractHelper } from '../src/source/rewrite/extractHelper';
import { rewriteCall, type ChosenCall } from '../src/source/rewrite/rewriteCall';
import { rewritePlan } from '../src/source/rewrite/rewritePlan';
import { applyEdits } from '../src/source/rewrite/textEdit';
import { loopProducts } from '../src/tensor/products';
import { kerasMissing, runKeras } from './support/keras';

/** Largest difference of an output from the plan's, relative to the largest output. */
const tolerance = 1e-4;
/** A plan must change the output by more than this, or the comparison would say nothing. */
const visible = 1e-3;

const missing = kerasMissing();
if (missing !== undefined) process.stderr.write(`rewrittenKeras.test.ts is skipped, Keras is not there: ${missing}\n`);

const functional = `import keras
from keras import layers


def block(x, filters, name):
    x = layers.Conv2D(filters, 3, padding="same", activation="relu", name=name)(x)
    return layers.Conv2D(filters, 1, 2, name=name + "_point")(x)


def net():
    inputs = keras.Input((12, 12, 3))
    x = layers.Conv2D(16, 3, 2, "same", None, 1, 1, "relu", use_bias=False, name="stem")(inputs)
    x = block(x, 20, "a")
    x = layers.Conv2D(20, (3, 2), padding="same", dilation_rate=2, bias_initializer="ones", name="wide")(x)
    x = layers.Flatten()(x)
    x = layers.Dense(24, "tanh", kernel_initializer="he_normal", activity_regularizer="l2", name="hidden")(x)
    return keras.Model(inputs, layers.Dense(5, name="head")(x))
`;

const sequential = `import keras
from keras.layers import Conv2D, Dense, Flatten


def net():
    return keras.Sequential([
        Conv2D(12, 3, input_shape=(12, 12, 3), activation="relu", name="stem"),
        Conv2D(16, 3, strides=2, name="a"),
        Flatten(),
        Dense(20, name="hidden"),
    ])
`;

const subclassed = `import keras
from keras import layers


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.stem = layers.Conv2D(12, 3, activation="relu", name="stem")
        self.a = layers.Conv2D(16, 3, strides=2, use_bias=False)
        self.flatten = layers.Flatten()
        self.hidden = layers.Dense(20)

    def call(self, x):
        return self.hidden(self.flatten(self.a(self.stem(x))))


def net():
    return Net()
`;

const choices: Readonly<Record<string, SourceChoice>> = {
  stem: { method: 'tucker', rank: 7 },
  a: { method: 'tucker', rank: 9 },
  a_point: { method: 'svd', rank: 8 },
  wide: { method: 'tucker', rank: 9 },
  hidden: { method: 'svd', rank: 5 },
};

const analyze = (text: string): SourceAnalysis =>
  analyzeSource('/net.py', { read: (path) => (path === '/net.py' ? text : undefined) });

const callOf = (text: string, path: string): SourceCall | undefined =>
  analyze(text).calls.find(({ role, instances }) => role === 'layer' && instances.some((one) => one.path === path));

describe.skipIf(missing !== undefined)(
  'rewritten code of Keras computes what the factors of its kernels compute',
  () => {
    const folders: string[] = [];
    afterAll(() => folders.forEach((folder) => fs.rmSync(folder, { recursive: true })));

    it.each([
      ['functional', functional, ['net.weights.h5', 'net.keras', 'net.h5']],
      ['Sequential', sequential, ['net.weights.h5', 'net.keras', 'net.h5']],
      ['subclassed', subclassed, ['net.weights.h5']],
    ])(
      '%s: every layer in place and by helpers, from every format',
      async (_kind, text, formats) => {
        const folder = fs.mkdtempSync(join(tmpdir(), 'layerwise-keras-'));
        folders.push(folder);
        const put = (name: string, contents: string): string => {
          fs.writeFileSync(join(folder, name), contents);
          return name;
        };
        put('net.py', text);
        await runKeras('rewrittenKeras.py', 'make', folder);
        const chosen = Object.entries(choices).flatMap(([path, choice]): (ChosenCall & { path: string })[] => {
          const call = callOf(text, path);
          return call ? [{ path, call, choice }] : [];
        });
        const runs: unknown[] = [];
        const add = async (name: string, source: string, layers: readonly string[], format: string): Promise<void> => {
          const checkpoint = openCheckpoint(join(folder, format));
          const wanted = layers.map((path) => ({ path, ...choices[path] }));
          const weights = `${name}.safetensors`;
          writeSafetensors(join(folder, weights), await factoredWeights(checkpoint, wanted, loopProducts));
          checkpoint.close();
          runs.push({ name, source: put(`${name}.py`, source), layers, weights });
        };
        const paths = chosen.map(({ path }) => path);
        for (const form of ['inline', 'helper'] as const) {
          let source = text;
          for (const path of paths)
            source = applyEdits(source, rewriteCall(source, callOf(source, path)!, choices[path], form).edits);
          await add(form, source, paths, formats[0]);
        }
        const tucker = chosen.filter(({ choice }) => choice.method === 'tucker');
        const extracted = applyEdits(text, extractHelper(text, tucker).edits);
        for (const format of formats)
          await add(
            `extracted.${format}`,
            extracted,
            tucker.map(({ path }) => path),
            format,
          );
        const analysis = analyze(text);
        const [model] = analysis.models;
        const plan = rewritePlan(text, analysis, model, new Map(chosen.map(({ path, choice }) => [path, choice])));
        await add(
          'plan',
          applyEdits(text, plan.edits),
          chosen.map(({ path }) => path),
          formats[0],
        );
        put('runs.json', JSON.stringify(runs));
        const report = JSON.parse(await runKeras('rewrittenKeras.py', 'run', folder)) as Record<
          string,
          Record<string, number>
        >;
        expect(Object.keys(report)).toHaveLength(2 + formats.length + 1);
        for (const [name, { changed, difference }] of Object.entries(report)) {
          expect(changed, name).toBeGreaterThan(visible);
          expect(difference, name).toBeLessThan(tolerance);
        }
      },
      300_000,
    );
  },
);
