import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Model } from '../onnx/model';
import { Session } from '../runtime/session';
import { castTo } from '../tensor/convert';
import { arrayOf, sizeOf, type ElementType, type Tensor } from '../tensor/tensor';
import { dropoutMask } from './dropout';
import { CheckpointError, DivergedError, TrainingError } from './errors';
import { loopInput, loopOutput, loopSteps } from './loopSteps';
import { stepInput, type StepInput } from './objective';
import type { Snapshot } from './snapshot';
import type { StatePart, StateSlot } from './stateLayout';
import { buildTrainingGraph, type TrainingGraph } from './trainingGraph';
import type { TrainingSpec } from './trainingSpec';

export interface TrainingOptions {
  readonly threads?: number;
  /** Steps computed in one run of the runtime, or as many as keep a run short ('auto'). The result does not depend on it. */
  readonly stepsPerRun?: number | 'auto';
  /** See `SessionOptions`: a tenth faster for nearly twice the memory. */
  readonly memoryPattern?: boolean;
}

/** What one step is fed. */
export interface StepFeeds {
  /** By step input name (see `stepInput`). The arrays must not change until the step is done. */
  readonly tensors: Readonly<Record<string, Tensor>>;
  /** Learning rate of each group. */
  readonly rates: Readonly<Record<string, number>>;
  /** Groups that stay idle in this step: neither their parameters nor their moments change. */
  readonly idle?: readonly string[];
}

/** Scalar results of a step by metric name; `loss` is always there. */
export type StepMetrics = Readonly<Record<string, number>>;

/** A run of several steps should take no longer, in milliseconds: a cancelled run ends with the present one. */
const runBudgetMs = 300;

/** Steps whose time decides how many go into a run; the first is left out, as it also warms the runtime up. */
const timedSteps = 3;

/** More steps in a run gain nothing: the copies that a run saves are negligible by then. */
const mostStepsPerRun = 64;

/** A training in progress: a step graph and its state. One call at a time. */
export class TrainingSession {
  private readonly state: Map<string, Float32Array>;
  private readonly times: number[] = [];
  private loop: Session | undefined;
  private done = 0;

  private constructor(
    readonly graph: TrainingGraph,
    private readonly single: Session,
    private readonly options: TrainingOptions,
    private readonly seed: number | string,
  ) {
    this.state = new Map(graph.initial);
  }

  /** Builds the step graph and loads it. Throws what `buildTrainingGraph` throws. */
  static async create(spec: TrainingSpec, options: TrainingOptions = {}): Promise<TrainingSession> {
    const graph = await buildTrainingGraph(spec);
    return new TrainingSession(
      graph,
      await Session.create(graph.model, sessionOptions(options)),
      options,
      spec.seed ?? 0,
    );
  }

  /** Steps done since the start, those before a restored snapshot included. */
  get stepsDone(): number {
    return this.done;
  }

  /** One step. Throws a DivergedError, the state kept, when the loss is not finite. */
  async step(feeds: StepFeeds): Promise<StepMetrics> {
    return (await this.steps([feeds]))[0];
  }

  /**
   * Several steps, as many of them as is sensible in one run. When `signal` is aborted it stops between runs and returns
   * the metrics of the steps done.
   */
  async steps(feeds: readonly StepFeeds[], signal?: AbortSignal): Promise<StepMetrics[]> {
    const metrics: StepMetrics[] = [];
    while (metrics.length < feeds.length) {
      // Lets cancellation and other requests in.
      await nextTurn();
      if (signal?.aborted) break;
      const count = Math.min(this.stepsPerRun, feeds.length - metrics.length);
      const some = feeds.slice(metrics.length, metrics.length + count);
      metrics.push(...(count === 1 ? [await this.runSingle(some[0])] : await this.runLoop(some)));
    }
    return metrics;
  }

  /** Steps that go into one run at present; known after a few steps when it is chosen by their time. */
  get stepsPerRun(): number {
    const { stepsPerRun = 'auto' } = this.options;
    if (stepsPerRun !== 'auto') return stepsPerRun;
    if (this.times.length <= timedSteps) return 1;
    const fastest = Math.min(...this.times.slice(1));
    return Math.max(1, Math.min(mostStepsPerRun, Math.floor(runBudgetMs / fastest)));
  }

  /** Present values of the trained parameters and of the running statistics, by weight name; copies. */
  weights(): Map<string, Tensor<Float32Array>> {
    const weights = new Map<string, Tensor<Float32Array>>();
    for (const [key, tensor] of this.tensors()) {
      if (key.startsWith('weight/')) weights.set(key.slice('weight/'.length), tensor);
    }
    return weights;
  }

  /** A copy of `model` with the present weights, in the element types that the model stores them in. */
  exportWeights(model: Model): Model {
    const copy = model.clone();
    for (const [name, tensor] of this.weights()) {
      const type = copy.graph.weights.get(name)?.elementType;
      if (!type) throw new TrainingError(`The model has no weight ${name}.`, 'Export into the model that was trained.');
      copy.graph.setWeight(name, castTo(tensor, type));
    }
    return copy;
  }

  /** The whole state as it is now; later steps do not change it. */
  snapshot(): Snapshot {
    return { stepsDone: this.done, tensors: this.tensors() };
  }

  /** Goes back to a snapshot of a training with the same parameters. Throws a CheckpointError, nothing changed, for another. */
  restore(snapshot: Snapshot): void {
    const restored = new Map<string, Float32Array>();
    let count = 0;
    for (const slot of this.graph.state) {
      const values = new Float32Array(sizeOf(slot.dims));
      for (const part of slot.parts) {
        const tensor = snapshot.tensors.get(part.key);
        if (!tensor || tensor.dims.join() !== part.dims.join()) throw foreignSnapshot(part, tensor);
        values.set(tensor.data, part.offset);
        count++;
      }
      restored.set(slot.input, values);
    }
    if (count !== snapshot.tensors.size) throw foreignSnapshot(undefined, undefined);
    for (const [input, values] of restored) this.state.set(input, values);
    this.done = snapshot.stepsDone;
  }

  async dispose(): Promise<void> {
    await this.single.dispose();
    await this.loop?.dispose();
  }

  private tensors(): Map<string, Tensor<Float32Array>> {
    const tensors = new Map<string, Tensor<Float32Array>>();
    for (const slot of this.graph.state) {
      const values = this.state.get(slot.input)!;
      for (const { key, dims, offset } of slot.parts) {
        tensors.set(key, { type: 'float32', dims, data: values.slice(offset, offset + sizeOf(dims)) });
      }
    }
    return tensors;
  }

  private async runSingle(feeds: StepFeeds): Promise<StepMetrics> {
    const inputs: Record<string, Tensor> = {};
    for (const input of this.graph.inputs) inputs[input.name] = this.valueOf(input, feeds, 0);
    for (const slot of this.graph.state) inputs[slot.input] = this.stateTensor(slot);
    const start = performance.now();
    const results = await this.single.run(inputs);
    if (this.times.length <= timedSteps) this.times.push(performance.now() - start);
    const metrics = this.metricsAt(0, (output) => results[output]);
    this.accept([metrics], (slot) => results[slot.output]);
    return metrics;
  }

  private async runLoop(feeds: readonly StepFeeds[]): Promise<StepMetrics[]> {
    this.loop ??= await Session.create(loopSteps(this.graph), sessionOptions(this.options));
    const inputs: Record<string, Tensor> = {
      [loopInput.count]: { type: 'int64', dims: [], data: BigInt64Array.of(BigInt(feeds.length)) },
    };
    for (const input of this.graph.inputs) inputs[loopInput.stacked(input.name)] = this.stack(input, feeds);
    for (const slot of this.graph.state) inputs[loopInput.state(slot.input)] = this.stateTensor(slot);
    const results = await this.loop.run(inputs);
    const metrics = feeds.map((_, i) => this.metricsAt(i, (output) => results[loopOutput.metric(output)]));
    this.accept(metrics, (slot) => results[loopOutput.state(slot.output)]);
    return metrics;
  }

  /** What an input takes in the step after `ahead` others. */
  private valueOf(input: StepInput, feeds: StepFeeds, ahead: number): Tensor {
    const ratio = this.graph.dropout.get(input.name);
    return ratio === undefined ? valueOf(input, feeds) : dropoutMask(input, ratio, this.seed, this.done + ahead);
  }

  /** The values of one input for several steps, [steps, ...dims]. */
  private stack(input: StepInput, feeds: readonly StepFeeds[]): Tensor {
    const size = sizeOf(input.dims);
    const data = new arrayOf[input.type as Exclude<ElementType, 'int64' | 'uint64'>](size * feeds.length);
    for (const [i, feed] of feeds.entries()) data.set(this.valueOf(input, feed, i).data as Float32Array, i * size);
    return { type: input.type, dims: [feeds.length, ...input.dims], data };
  }

  private stateTensor(slot: StateSlot): Tensor {
    return { type: 'float32', dims: slot.dims, data: this.state.get(slot.input)! };
  }

  private metricsAt(step: number, result: (output: string) => Tensor): StepMetrics {
    const metrics: Record<string, number> = {};
    for (const [name, output] of this.graph.metrics) metrics[name] = Number(result(output).data[step]);
    return metrics;
  }

  private accept(metrics: readonly StepMetrics[], result: (slot: StateSlot) => Tensor): void {
    for (const [i, { loss }] of metrics.entries()) {
      if (!Number.isFinite(loss)) throw new DivergedError(this.done + i, loss);
    }
    for (const slot of this.graph.state) this.state.set(slot.input, result(slot).data as Float32Array);
    this.done += metrics.length;
  }
}

/**
 * How long a training's threads spin: about the pause between two operators of a step. On idle cores that is 3 to 8 % faster than
 * not to spin at all (ResNet-20, batch 128, two threads); beside a program that takes one of two cores it costs 6 %, where
 * spinning without a limit costs 22 %.
 */
const spinUs = 100;

/** Training graphs gain nothing from the optimisations beyond the basic ones, which take time on each start. */
function sessionOptions({ threads = 1, memoryPattern = true }: TrainingOptions): Parameters<typeof Session.create>[1] {
  return { threads, optimization: 'basic', memoryPattern, spinUs };
}

function valueOf(input: StepInput, { tensors, rates, idle = [] }: StepFeeds): Tensor {
  const given = tensors[input.name];
  if (given) {
    if (given.type !== input.type || given.dims.join() !== input.dims.join()) {
      throw new TrainingError(
        `Step input ${input.name} takes ${input.type} ${input.dims.join('x')} and was given ${given.type} ${given.dims.join('x')}.`,
        'Feed batches of the size the training was made for.',
      );
    }
    return given;
  }
  for (const [group, rate] of Object.entries(rates)) {
    if (input.name === stepInput.rate(group)) return { type: 'float32', dims: [], data: Float32Array.of(rate) };
    if (input.name === stepInput.gate(group)) {
      return { type: 'bool', dims: [], data: Uint8Array.of(idle.includes(group) ? 0 : 1) };
    }
  }
  throw new TrainingError(`Step input ${input.name} was not given.`, 'Feed every input of the step.');
}

function foreignSnapshot(part: StatePart | undefined, tensor: Tensor | undefined): CheckpointError {
  const what = part
    ? tensor
      ? `holds ${part.key} as ${tensor.dims.join('x')} instead of ${part.dims.join('x')}`
      : `has no ${part.key}`
    : 'holds tensors that this training does not have';
  return new CheckpointError(
    `The saved state belongs to another training: it ${what}.`,
    'Resume with the same model, parameter groups and optimiser, or start anew.',
  );
}
