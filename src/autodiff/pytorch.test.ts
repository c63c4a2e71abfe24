import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../onnx/graphBuilder';
import { makeValueInfo } from '../onnx/graph';
import { readModel } from '../onnx/read';
import { Session } from '../runtime/session';
import { fixShapes } from '../runtime/fixShapes';
import { float32, int64, type Tensor } from '../tensor/tensor';
import { differentiate } from './differentiate';
import { standardRules } from './ruleTable';
import { upgradeToBuildOpset } from './upgrade';

interface EncodedTensor {
  readonly dims: readonly number[];
  /** Base64 of little-endian float32. */
  readonly float32: string;
}

/** What test/fixtures/makeGradients.py writes. */
interface Fixture {
  readonly input: EncodedTensor;
  readonly labels: readonly number[];
  readonly loss: number;
  readonly gradients: Readonly<Record<string, EncodedTensor>>;
  readonly statistics: Readonly<Record<string, EncodedTensor>>;
}

/** Largest L2 distance of a gradient from PyTorch's in float64, relative to that gradient: a few float32 roundings. */
const tolerance = 1e-5;
/** A gradient that is zero but for rounding (a bias before a normalisation) is held against this share of the largest. */
const negligible = 1e-3;

const folder = join(__dirname, '../../test/fixtures/gradients');

function decode({ dims, float32: text }: EncodedTensor): Tensor<Float32Array> {
  const bytes = Uint8Array.from(Buffer.from(text, 'base64'));
  return float32(dims, new Float32Array(bytes.buffer));
}

const norm = (values: ArrayLike<number>): number => Math.hypot(...Array.from(values));

interface Step {
  readonly loss: number;
  readonly gradients: ReadonlyMap<string, Float32Array>;
  readonly statistics: ReadonlyMap<string, Float32Array>;
}

/** Loss, gradients and updated statistics of the network as the standard rules compute them. */
async function trainingStep(name: string, fixture: Fixture): Promise<Step> {
  const parameters = Object.keys(fixture.gradients);
  const source = upgradeToBuildOpset(readModel(join(folder, `${name}.onnx`)));
  const feeds: Record<string, Tensor> = {};
  for (const parameter of parameters) {
    const weight = source.graph.weights.get(parameter)!;
    feeds[parameter] = weight.tensor();
    source.graph.removeWeight(parameter);
    source.graph.proto.input.push(makeValueInfo(parameter, 'float32', weight.dims));
  }
  const forward = new GraphBuilder(source, 'loss');
  const logProbabilities = forward.op('LogSoftmax', ['logits'], { axis: -1 });
  const labels = forward.constant(int64([fixture.labels.length, 1], fixture.labels));
  const picked = forward.op('GatherElements', [logProbabilities, labels], { axis: 1 });
  const mean = forward.op('ReduceMean', [picked], { keepdims: 0 });
  forward.op('Neg', [mean], {}, { outputs: ['loss'] });
  source.graph.proto.output = [];
  forward.output('loss', 'float32', []);
  const { model, shapes } = await fixShapes(source);

  const builder = new GraphBuilder(undefined, 'bw');
  for (const parameter of parameters) builder.input(parameter, 'float32', shapes.get(parameter)!.dims);
  const input = shapes.get('input')!;
  builder.input('input', input.type, input.dims);
  const derivatives = differentiate({
    graph: model.graph,
    shapes,
    loss: 'loss',
    parameters,
    builder,
    rules: standardRules,
  });
  builder.output('loss', 'float32', []);
  for (const [kind, values] of Object.entries(derivatives)) {
    for (const [value, result] of values as ReadonlyMap<string, string>) {
      builder.output(`${kind}:${value}`, 'float32', undefined, result);
    }
  }
  const session = await Session.create(builder.model, { optimization: 'basic' });
  const sample = decode(fixture.input);
  feeds.input = input.type === 'int64' ? int64(sample.dims, Array.from(sample.data)) : sample;
  const results = await session.run(feeds);
  await session.dispose();
  const named = (kind: string): Map<string, Float32Array> =>
    new Map(
      Object.entries(results).flatMap(([key, { data }]) =>
        key.startsWith(kind) ? [[key.slice(kind.length), data as Float32Array] as const] : [],
      ),
    );
  return { loss: Number(results.loss.data[0]), gradients: named('gradients:'), statistics: named('updates:') };
}

describe.each(['resnet', 'transformer'])("gradients of a whole network against PyTorch's: %s", (name) => {
  const fixture = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Fixture;

  it('has the same loss, gradients and running statistics', async () => {
    const { loss, gradients, statistics } = await trainingStep(name, fixture);
    expect(Math.abs(loss - fixture.loss) / fixture.loss).toBeLessThan(1e-6);
    const expected = Object.entries(fixture.gradients).map(([key, value]) => [key, decode(value).data] as const);
    const largest = Math.max(...expected.map(([, data]) => norm(data)));
    for (const [parameter, data] of expected) {
      const ours = gradients.get(parameter)!;
      const distance = norm(data.map((value, i) => value - ours[i]));
      expect(distance / Math.max(norm(data), negligible * largest), parameter).toBeLessThan(tolerance);
    }
    expect([...statistics.keys()].sort()).toEqual(Object.keys(fixture.statistics).sort());
    for (const [key, value] of Object.entries(fixture.statistics)) {
      const { data } = decode(value);
      const distance = norm(data.map((number, i) => number - statistics.get(key)![i]));
      expect(distance / norm(data), key).toBeLessThan(1e-6);
    }
  });
});
