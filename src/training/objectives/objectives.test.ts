import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../onnx/graphBuilder';
import type { Model } from '../../onnx/model';
import { Random } from '../../tensor/random';
import { float32, type Tensor } from '../../tensor/tensor';
import { stepInput, type Objective } from '../objective';
import { smallConvNet, smallConvNetParameters } from '../testing/models';
import { TrainingSession, type StepMetrics } from '../trainer';
import { crossEntropy } from './crossEntropy';
import { distillation } from './distillation';
import { featureMaps } from './featureMaps';
import { meanSquaredError } from './meanSquaredError';
import { scalarTerm } from './scalarTerm';
import { weightedSum } from './weightedSum';

const batch = 5;
const classes = 4;
const random = Random.of('objectives');
const draw = (n: number, scale = 1): Float32Array => Float32Array.from({ length: n }, () => scale * random.normal());

/** logits = x + offset: the losses are functions of numbers we choose. */
function shifted(offset: ArrayLike<number> = new Float32Array(classes)): Model {
  const builder = new GraphBuilder();
  builder.input('x', 'float32', ['batch', classes]);
  builder.constant(float32([classes], offset), 'offset');
  builder.op('Add', ['x', 'offset'], {}, { outputs: ['logits'] });
  builder.output('logits', 'float32', ['batch', classes]);
  return builder.model;
}

/** Metrics of one step at learning rate 0 and the negative gradient of `offset` (a step at rate 1 without momentum). */
async function evaluate(
  objective: Objective,
  x: Float32Array,
  tensors: Record<string, Tensor>,
): Promise<{ metrics: StepMetrics; gradient: number[] }> {
  const session = await TrainingSession.create({
    model: shifted(),
    batch,
    objective,
    groups: [{ name: 'all', parameters: ['offset'], optimizer: { kind: 'sgd' } }],
  });
  try {
    const metrics = await session.step({
      tensors: { x: float32([batch, classes], x), ...tensors },
      rates: { all: 1 },
    });
    return { metrics, gradient: Array.from(session.weights().get('offset')!.data, (value) => -value) };
  } finally {
    await session.dispose();
  }
}

const row = (values: ArrayLike<number>, n: number): number[] =>
  Array.from({ length: classes }, (_, k) => values[n * classes + k]);

function softmax(logits: readonly number[]): number[] {
  const powers = logits.map((value) => Math.exp(value - Math.max(...logits)));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((value) => value / sum);
}

const sumOf = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** Mean over the batch of a function of a sample. */
const meanOf = (value: (n: number) => number): number =>
  sumOf(Array.from({ length: batch }, (_, n) => value(n))) / batch;

const x = draw(batch * classes, 2);
const labels = Int32Array.from({ length: batch }, () => random.integer(classes));
const labelTensor: Tensor = { type: 'int32', dims: [batch], data: labels };

function expectGradient(gradient: readonly number[], target: (n: number, k: number) => number): void {
  for (let k = 0; k < classes; k++) {
    expect(gradient[k]).toBeCloseTo(
      meanOf((n) => softmax(row(x, n))[k] - target(n, k)),
      5,
    );
  }
}

describe('crossEntropy', () => {
  it.each([0, 0.1])(
    'is -log p of the smoothed target, its gradient p - target (smoothing %d)',
    async (labelSmoothing) => {
      const { metrics, gradient } = await evaluate(crossEntropy({ labelSmoothing }), x, {
        [stepInput.labels]: labelTensor,
      });
      const target = (n: number, k: number): number =>
        (k === labels[n] ? 1 - labelSmoothing : 0) + labelSmoothing / classes;
      const loss = meanOf((n) => -sumOf(softmax(row(x, n)).map((p, k) => target(n, k) * Math.log(p))));
      expect(metrics.loss).toBeCloseTo(loss, 5);
      expectGradient(gradient, target);
      const correct = meanOf((n) => (row(x, n).indexOf(Math.max(...row(x, n))) === labels[n] ? 1 : 0)) * batch;
      expect(metrics.correct).toBe(correct);
    },
  );

  it('mixes two labels by their shares', async () => {
    const mixed = Int32Array.from(labels, (label) => (label + 1) % classes);
    const shares = Float32Array.from({ length: batch }, (_, n) => 0.5 + n / 20);
    const { metrics, gradient } = await evaluate(crossEntropy({ targets: 'mixed' }), x, {
      [stepInput.labels]: labelTensor,
      [stepInput.mixedLabels]: { type: 'int32', dims: [batch], data: mixed },
      [stepInput.shares]: float32([batch], shares),
    });
    const target = (n: number, k: number): number =>
      (k === labels[n] ? shares[n] : 0) + (k === mixed[n] ? 1 - shares[n] : 0);
    expect(metrics.loss).toBeCloseTo(
      meanOf((n) => -sumOf(softmax(row(x, n)).map((p, k) => target(n, k) * Math.log(p)))),
      5,
    );
    expectGradient(gradient, target);
  });

  it('takes probabilities', async () => {
    const rows = Array.from({ length: batch }, () => softmax(Array.from(draw(classes))));
    const { gradient } = await evaluate(crossEntropy({ targets: 'probabilities' }), x, {
      [stepInput.probabilities]: float32([batch, classes], rows.flat()),
    });
    expectGradient(gradient, (n, k) => rows[n][k]);
  });

  it('stays finite for logits of any size', async () => {
    const { metrics } = await evaluate(
      crossEntropy(),
      x.map((value) => value * 1e4),
      { [stepInput.labels]: labelTensor },
    );
    expect(metrics.loss).toBeGreaterThan(0);
    expect(Number.isFinite(metrics.loss)).toBe(true);
  });

  it('says which shape it needs', async () => {
    const builder = new GraphBuilder(shifted());
    builder.op('ReduceSum', ['logits'], { keepdims: 0 }, { outputs: ['sum'] });
    const spec = {
      model: builder.model,
      batch,
      objective: crossEntropy({ logits: 'sum' }),
      groups: [{ name: 'all', parameters: ['offset'], optimizer: { kind: 'sgd' as const } }],
    };
    await expect(TrainingSession.create(spec)).rejects.toThrow(/The output sum has the shape/);
  });
});

describe('meanSquaredError', () => {
  it('is the mean of the squared difference', async () => {
    const target = draw(batch * classes);
    const { metrics, gradient } = await evaluate(meanSquaredError(), x, {
      [stepInput.target]: float32([batch, classes], target),
    });
    expect(metrics.loss).toBeCloseTo(sumOf(Array.from(x, (value, i) => (value - target[i]) ** 2)) / x.length, 5);
    for (let k = 0; k < classes; k++) {
      expect(gradient[k]).toBeCloseTo(
        meanOf((n) => (2 * (row(x, n)[k] - row(target, n)[k])) / classes),
        5,
      );
    }
  });
});

describe('distillation', () => {
  const offset = draw(classes);
  const teacher = shifted(offset);
  const teacherRow = (n: number): number[] => row(x, n).map((value, k) => value + offset[k]);

  it.each([1, 4])('is T^2 KL(teacher || student) at temperature %d', async (temperature) => {
    const { metrics, gradient } = await evaluate(distillation({ teacher, temperature }), x, {});
    const soft = (values: number[]): number[] => softmax(values.map((value) => value / temperature));
    const divergence = meanOf((n) => {
      const student = soft(row(x, n));
      return sumOf(soft(teacherRow(n)).map((p, k) => p * Math.log(p / student[k])));
    });
    expect(metrics.loss).toBeCloseTo(temperature ** 2 * divergence, 5);
    for (let k = 0; k < classes; k++) {
      expect(gradient[k]).toBeCloseTo(temperature * meanOf((n) => soft(row(x, n))[k] - soft(teacherRow(n))[k]), 5);
    }
  });

  it('learns the preferred class with hard labels', async () => {
    const { gradient } = await evaluate(distillation({ teacher, hardLabels: true }), x, {});
    expectGradient(gradient, (n, k) => (teacherRow(n)[k] === Math.max(...teacherRow(n)) ? 1 : 0));
  });
});

describe('weightedSum', () => {
  it('adds terms under fixed and fed weights and reports each', async () => {
    const constant = (value: number): Objective =>
      scalarTerm(({ builder }) =>
        builder.op('Add', [
          builder.op('Mul', [builder.op('ReduceSum', ['logits'], { keepdims: 0 }), builder.scalar(0)]),
          builder.scalar(value),
        ]),
      );
    const objective = weightedSum([
      { name: 'a', objective: constant(3), weight: 1 },
      { name: 'b', objective: constant(5), weight: 0.5 },
      { name: 'c', objective: constant(7), weight: { input: 'lambda' } },
    ]);
    const { metrics } = await evaluate(objective, x, { lambda: float32([], [2]) });
    expect(metrics).toEqual({ loss: 3 + 2.5 + 14, a: 3, b: 5, c: 7 });
  });
});

describe('featureMaps', () => {
  const model = smallConvNet(3, 8, 8, classes);
  // Running statistics that are not those of the batch: the teacher must use them, the student must not.
  for (const layer of ['norm0', 'norm1']) {
    model.graph.setWeight(`${layer}.mean`, float32([8], draw(8)));
    model.graph.setWeight(
      `${layer}.variance`,
      float32(
        [8],
        draw(8).map((value) => 0.5 + value * value),
      ),
    );
  }
  const images = float32([batch, 3, 8, 8], draw(batch * 3 * 8 * 8));
  const values = ['relu0', 'relu1'];

  async function distance(
    batchNorm: 'train' | 'frozen',
    perturb: number,
    samples?: number,
    shown = images,
  ): Promise<number> {
    const student = model.clone();
    const kernel = student.graph.weights.get('conv0.weight')!.tensor();
    student.graph.setWeight(
      'conv0.weight',
      float32(
        kernel.dims,
        Array.from(kernel.data as Float32Array, (value) => value * (1 + perturb)),
      ),
    );
    const session = await TrainingSession.create({
      model: student,
      batch,
      batchNorm,
      objective: featureMaps({ teacher: model, values, samples }),
      groups: [{ name: 'all', parameters: smallConvNetParameters.slice(0, 6), optimizer: { kind: 'sgd' } }],
    });
    try {
      const { loss } = await session.step({ tensors: { x: shown }, rates: { all: 0 } });
      return loss;
    } finally {
      await session.dispose();
    }
  }

  it('is zero for the teacher itself in inference form and grows with the distance', async () => {
    expect(await distance('frozen', 0)).toBeLessThan(1e-10);
    const near = await distance('frozen', 0.01);
    const far = await distance('frozen', 0.1);
    expect(near).toBeGreaterThan(1e-8);
    expect(far).toBeGreaterThan(20 * near);
  });

  it('compares the first samples of a batch alone when asked to', async () => {
    const count = 1;
    const [, ...rest] = images.dims;
    const size = rest.reduce((product, dim) => product * dim, 1);
    // Samples repeated over the batch make the whole the same as the part.
    const repeated = images.data.map((_, i) => images.data[i % (count * size)]);
    const whole = await distance('frozen', 0.1, batch, float32(images.dims, repeated));
    expect(await distance('frozen', 0.1, count)).toBeCloseTo(whole, 6);
    expect(Math.abs((await distance('frozen', 0.1)) - whole)).toBeGreaterThan(1e-5);
  });

  it('computes the teacher by its running statistics while the student uses those of the batch', async () => {
    expect(await distance('train', 0)).toBeGreaterThan(0.01);
  });
});
