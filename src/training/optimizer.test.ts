import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../onnx/graphBuilder';
import type { Model } from '../onnx/model';
import { Random } from '../tensor/random';
import { float32 } from '../tensor/tensor';
import { scalarTerm } from './objectives/scalarTerm';
import type { Optimizer, ParameterGroup } from './optimizer';
import { TrainingSession } from './trainer';

const rows = 3;
const columns = 4;
const steps = 6;
const rates = Array.from({ length: steps }, (_, i) => 0.1 / (i + 1));

/**
 * Loss sum(w * g) with g an input: the gradient of w is g exactly, so that the optimiser alone is judged. Two parameters,
 * one of rank 2 and one of rank 1.
 */
function linearModel(seed: number): { model: Model; start: Record<string, number[]> } {
  const random = Random.of(seed);
  const builder = new GraphBuilder();
  const start: Record<string, number[]> = {};
  for (const [name, dims] of [
    ['matrix', [rows, columns]],
    ['vector', [columns]],
  ] as const) {
    const tensor = float32(
      dims,
      Array.from({ length: dims.reduce<number>((a, b) => a * b, 1) }, () => random.normal()),
    );
    start[name] = Array.from(tensor.data);
    builder.constant(tensor, name);
    builder.input(`${name}.g`, 'float32', dims);
    builder.op('Mul', [name, `${name}.g`], {}, { outputs: [`${name}.product`] });
    builder.output(`${name}.product`, 'float32', dims);
  }
  return { model: builder.model, start };
}

const objective = scalarTerm(({ builder }) =>
  builder.op('Add', [
    builder.op('ReduceSum', ['matrix.product'], { keepdims: 0 }),
    builder.op('ReduceSum', ['vector.product'], { keepdims: 0 }),
  ]),
);

function gradients(seed: number): Record<'matrix' | 'vector', number[]>[] {
  const random = Random.of(seed);
  const draw = (n: number): number[] => Array.from({ length: n }, () => Math.fround(random.normal()));
  return Array.from({ length: steps }, () => ({ matrix: draw(rows * columns), vector: draw(columns) }));
}

/** The textbook update of one number over all steps, in float64. */
function reference(optimizer: Optimizer, decays: boolean, start: number, gradient: readonly number[]): number {
  const decay = decays ? (optimizer.weightDecay ?? 0) : 0;
  let w = start;
  let m = 0;
  let v = 0;
  for (const [i, raw] of gradient.entries()) {
    const rate = rates[i];
    if (optimizer.kind === 'sgd') {
      const { momentum = 0, nesterov = false } = optimizer;
      const g = raw + decay * w;
      m = momentum * m + g;
      w -= rate * (nesterov ? g + momentum * m : m);
    } else {
      const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = optimizer;
      w -= rate * decay * w;
      m = beta1 * m + (1 - beta1) * raw;
      v = beta2 * v + (1 - beta2) * raw * raw;
      w -= (rate * (m / (1 - beta1 ** (i + 1)))) / (Math.sqrt(v / (1 - beta2 ** (i + 1))) + epsilon);
    }
  }
  return w;
}

async function train(
  groups: readonly ParameterGroup[],
  idleAt: (step: number) => string[],
): Promise<{ start: Record<string, number[]>; weights: Record<string, number[]>[]; state: object[] }> {
  const { model, start } = linearModel(1);
  const session = await TrainingSession.create({ model, batch: 1, objective, groups }, { stepsPerRun: 1 });
  const weights: Record<string, number[]>[] = [];
  const state: object[] = [];
  try {
    for (const [i, { matrix, vector }] of gradients(2).entries()) {
      await session.step({
        tensors: { 'matrix.g': float32([rows, columns], matrix), 'vector.g': float32([columns], vector) },
        rates: Object.fromEntries(groups.map(({ name }) => [name, rates[i]])),
        idle: idleAt(i),
      });
      weights.push(Object.fromEntries([...session.weights()].map(([name, { data }]) => [name, Array.from(data)])));
      state.push(Object.fromEntries(session.snapshot().tensors));
    }
  } finally {
    await session.dispose();
  }
  return { start, weights, state };
}

const optimizers: [string, Optimizer][] = [
  ['plain SGD', { kind: 'sgd' }],
  ['SGD with momentum', { kind: 'sgd', momentum: 0.9 }],
  ['SGD with Nesterov momentum and weight decay', { kind: 'sgd', momentum: 0.8, nesterov: true, weightDecay: 0.05 }],
  ['AdamW', { kind: 'adamW' }],
  ['AdamW with weight decay', { kind: 'adamW', beta1: 0.8, beta2: 0.95, epsilon: 1e-6, weightDecay: 0.1 }],
];

describe.each(optimizers)('%s', (_name, optimizer) => {
  it.each([false, true])('follows the float64 reference (decayMatricesOnly %s)', async (decayMatricesOnly) => {
    const group = { name: 'all', parameters: ['matrix', 'vector'], optimizer, decayMatricesOnly };
    const { start, weights } = await train([group], () => []);
    for (const name of ['matrix', 'vector'] as const) {
      for (const [i, value] of weights.at(-1)![name].entries()) {
        const decays = name === 'matrix' || !decayMatricesOnly;
        const history = gradients(2).map((gradient) => gradient[name][i]);
        expect(value).toBeCloseTo(reference(optimizer, decays, start[name][i], history), 5);
      }
    }
  });

  it('leaves an idle group alone and counts only the steps it took', async () => {
    const groups = [
      { name: 'matrices', parameters: ['matrix'], optimizer },
      { name: 'vectors', parameters: ['vector'], optimizer },
    ];
    // Three steps of one group, then one of the other.
    const { start, weights, state } = await train(groups, (step) => [step % 4 === 3 ? 'matrices' : 'vectors']);
    expect(weights[2].vector).toEqual(start.vector);
    expect(weights[3].matrix).toEqual(weights[2].matrix);
    for (const [key, tensor] of Object.entries(state[2])) {
      const after = (state[3] as Record<string, unknown>)[key];
      if (key.includes('matri')) expect(after).toEqual(tensor);
      else expect(after).not.toEqual(tensor);
    }
    const first = gradients(2)[3].vector;
    if (optimizer.kind === 'adamW') {
      // Its first step moves each number by the rate, whatever steps the other group has taken.
      const kept = 1 - rates[3] * (optimizer.weightDecay ?? 0);
      for (const [i, value] of weights[3].vector.entries())
        expect(value).toBeCloseTo(start.vector[i] * kept - rates[3] * Math.sign(first[i]), 4);
    }
  });
});
