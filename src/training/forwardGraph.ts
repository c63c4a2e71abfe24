import type { ValueShape } from '../autodiff/rule';
import { upgradeToBuildOpset } from '../autodiff/upgrade';
import { dimsOf, makeValueInfo, type Graph } from '../onnx/graph';
import { GraphBuilder } from '../onnx/graphBuilder';
import type { Model } from '../onnx/model';
import { fixShapes } from '../runtime/fixShapes';
import { sizeOf, type Tensor } from '../tensor/tensor';
import { toFloat32 } from '../tensor/convert';
import { TrainingError } from './errors';
import { appendFrozen } from './frozenCopy';
import { stepInput, type FrozenCopy, type ObjectiveContext, type StepInput } from './objective';
import { appendPreprocessing, appendShrinking, imageSize } from './preprocessingGraph';
import { toSinglePrecision } from './singlePrecision';
import { enlargedTarget, type DataInput, type TrainingSpec } from './trainingSpec';

/** Forward pass and loss at one batch size: what is differentiated. */
export interface ForwardGraph {
  /** Parameters are inputs of this graph, so that nothing takes them for constants. */
  readonly model: Model;
  readonly shapes: ReadonlyMap<string, ValueShape>;
  readonly loss: string;
  /** Scalar values by metric name. */
  readonly metrics: ReadonlyMap<string, string>;
  /** What a step is fed: the data and what the objectives declared. */
  readonly inputs: readonly StepInput[];
  /** Values of the parameters before the first step. */
  readonly parameters: ReadonlyMap<string, Tensor<Float32Array>>;
}

/**
 * The model with its preprocessing before it and its objective behind it, in operator set `buildOpset`, every shape known.
 * Throws a TrainingError for parameters, inputs or values that the model does not have.
 */
export async function buildForwardGraph(spec: TrainingSpec): Promise<ForwardGraph> {
  const model = toSinglePrecision(upgradeToBuildOpset(spec.model));
  const { graph } = model;
  const parameters = takeParameters(graph, spec);
  const modelInputs = graph.inputs.map((input) => input.name).filter((name) => !parameters.has(name));
  const outputs = graph.outputs.map((output) => output.name);
  const dims = spec.data ? prependData(model, spec, spec.data) : openInputs(graph, spec);
  const base = await fixShapes(model, dims);
  const fed = base.model.graph.inputs.filter(({ name }) => !parameters.has(name));
  const inputs = new Map<string, StepInput>();
  for (const { name } of fed) inputs.set(name, { name, ...base.shapes.get(name)! });

  const builder = new GraphBuilder(base.model, freePrefix(base.model.graph, 'loss'));
  const metrics = new Map<string, string>();
  const frozen: { teacher: Model; samples: number; copy: FrozenCopy }[] = [];
  const context: ObjectiveContext = {
    builder,
    batch: spec.batch,
    outputs,
    shape(value) {
      const shape = base.shapes.get(value);
      if (!shape) throw new TrainingError(`The model has no value ${value}.`, 'Name a value that the model computes.');
      return shape;
    },
    input(input) {
      const known = inputs.get(input.name);
      if (!known) builder.input(input.name, input.type, input.dims);
      else if (known.type !== input.type || known.dims.join() !== input.dims.join()) {
        throw new TrainingError(
          `Step input ${input.name} is declared as ${known.type} ${known.dims.join('x')} and as ${input.type} ${input.dims.join('x')}.`,
          'Give one of the objectives another input.',
        );
      }
      inputs.set(input.name, known ?? input);
      return input.name;
    },
    metric: (name, value) => void metrics.set(name, value),
    frozen(teacher, samples = spec.batch) {
      const known = frozen.find((one) => one.teacher === teacher && one.samples === samples);
      if (known) return known.copy;
      const prefix = `${freePrefix(base.model.graph, 'frozen')}/`;
      const own = toSinglePrecision(upgradeToBuildOpset(teacher));
      const copy = appendFrozen(builder, own, prefix, modelInputs, samples < spec.batch ? samples : undefined);
      frozen.push({ teacher, samples, copy });
      return copy;
    },
  };
  const loss = spec.objective.append(context);
  base.model.graph.proto.output = [];
  for (const value of new Set([loss, ...metrics.values()])) builder.output(value, 'float32', []);
  // The model's own outputs are no longer outputs: what led only to them goes.
  base.model.graph.prune();
  const { model: fixed, shapes } = await fixShapes(base.model);
  return {
    model: fixed,
    shapes,
    loss,
    metrics: new Map([['loss', loss], ...metrics]),
    inputs: [...inputs.values()],
    parameters,
  };
}

/** A prefix for new names that no name of the graph begins with. */
export function freePrefix(graph: Graph, stem: string): string {
  const names = [
    ...graph.weights.keys(),
    ...graph.proto.input.map((input) => input.name),
    ...graph.nodes.flatMap((node) => [node.name, ...node.output]),
  ];
  let prefix = stem;
  for (let i = 1; names.some((name) => name.startsWith(prefix)); i++) prefix = `${stem}${i}`;
  return prefix;
}

/** Makes inputs of the weights that are trained, so that none is folded into a constant; returns their values. */
function takeParameters(graph: Graph, { groups }: TrainingSpec): Map<string, Tensor<Float32Array>> {
  const parameters = new Map<string, Tensor<Float32Array>>();
  for (const group of groups) {
    for (const name of group.parameters) {
      const weight = graph.weights.get(name);
      if (!weight || weight.elementType !== 'float32') {
        throw new TrainingError(
          `Group ${group.name} trains ${name}, which is not a weight of floating-point numbers of the model.`,
          'Name weights of the model.',
        );
      }
      parameters.set(name, toFloat32(weight.tensor()));
    }
  }
  const count = groups.reduce((sum, group) => sum + group.parameters.length, 0);
  if (parameters.size !== count || new Set(groups.map((group) => group.name)).size !== groups.length) {
    throw new TrainingError('A parameter or a group is listed twice.', 'List each parameter in one group, once.');
  }
  for (const [name, { dims }] of parameters) {
    graph.removeWeight(name);
    graph.proto.input.push(makeValueInfo(name, 'float32', dims));
  }
  graph.changed();
  return parameters;
}

/** Puts the preprocessing before the model; returns the dimensions of the inputs that are open then. */
function prependData(model: Model, spec: TrainingSpec, data: DataInput): Record<string, readonly number[]> {
  const { graph } = model;
  const name = data.input ?? graph.inputs[0]?.name;
  const info = graph.inputs.find((input) => input.name === name);
  if (!info) {
    throw new TrainingError(`The model has no input ${name ?? ''}.`, 'Name the input that takes the samples.');
  }
  const declared = dimsOf(info);
  graph.proto.input = graph.proto.input.filter((input) => input.name !== name);
  const before = graph.proto.node.splice(0);
  const builder = new GraphBuilder(model, freePrefix(graph, 'data'));
  builder.input(stepInput.samples, data.sample.type, [spec.batch, ...data.sample.dims]);
  const shrunk =
    data.shrink === undefined
      ? { input: appendPreprocessing(builder, stepInput.samples, data.sample, data.preprocessing), target: undefined }
      : appendShrinking(builder, stepInput.samples, data.sample, data.preprocessing, data.shrink);
  const wanted = declared && declared.length !== 4 ? flattened(declared, spec.batch, data) : undefined;
  if (wanted) builder.op('Reshape', [shrunk.input, builder.ints(wanted)], {}, { outputs: [name] });
  else builder.op('Identity', [shrunk.input], {}, { outputs: [name] });
  if (shrunk.target !== undefined) builder.output(enlargedTarget, 'float32', undefined, shrunk.target);
  graph.proto.node.push(...before);
  graph.changed();
  return openInputs(graph, spec);
}

/** Dimensions for a model that takes an image as a row of values. */
function flattened(declared: readonly unknown[], batch: number, { sample, preprocessing }: DataInput): number[] {
  const rest = declared.slice(1);
  const [height, width] = imageSize(sample, preprocessing);
  const values = sample.dims[0] * height * width;
  if (rest.length === 1) return [batch, values];
  if (rest.every((dim) => typeof dim === 'number') && sizeOf(rest) === values) return [batch, ...rest];
  throw new TrainingError(
    `The model takes ${declared.join('x')} values and a sample has ${sample.dims.join('x')}.`,
    'Choose another data set or set a size in the preprocessing.',
  );
}

/** Sizes for open dimensions: those given, else the batch where a single one is open. */
function openInputs(graph: Graph, { batch, inputDims }: TrainingSpec): Record<string, readonly number[]> {
  const result: Record<string, readonly number[]> = {};
  for (const info of graph.inputs) {
    const given = inputDims?.[info.name];
    const declared = dimsOf(info);
    if (given) result[info.name] = given;
    else if (declared && declared.filter((dim) => typeof dim !== 'number').length === 1) {
      result[info.name] = declared.map((dim) => (typeof dim === 'number' ? dim : batch));
    }
  }
  return result;
}
