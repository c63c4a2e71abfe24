import type { Dataset, Split } from '../data/dataset';
import { openDataset } from '../data/openDataset';
import { namedPreprocessing, type Preprocessing, type PreprocessingName } from '../data/preprocessing';
import { preprocessingCandidates, proposePreprocessing } from '../data/preprocessingProposal';
import type { Model } from '../onnx/model';
import { readModel } from '../onnx/read';
import { dimsOf } from '../onnx/graph';
import { inferShapes } from '../runtime/shapes';
import { evaluate, type Evaluation, type Task } from '../training/evaluate';
import { RunError } from './errors';
import type { RunContext } from './progress';

/** A data set opened for a model: what the model is for, and how samples become its input. */
export interface TaskData {
  readonly dataset: Dataset;
  readonly task: Task;
  readonly layout: Preprocessing['layout'];
  /** Sizes of the model's input for one sample of this data. */
  readonly inputDims: Readonly<Record<string, readonly number[]>>;
}

/** Side of the patches on which models that enlarge images are tried, where their size is open. */
const probeSide = 16;

/**
 * Opens a data set and finds out what the model is for from the shapes of its input and output: [N, classes] is a
 * classifier, an image of a whole multiple of the input's size is an enlarged one.
 * Throws a RunError when it is neither, and a DataError when the data can't be opened.
 */
export async function openTaskData(model: Model, spec: string): Promise<TaskData> {
  const [input] = model.graph.inputs;
  const declared = dimsOf(input);
  if (!declared || declared.length < 2) {
    throw new RunError(
      `The model's input ${input.name} is not an image.`,
      'Only models of images can be trained here.',
    );
  }
  const layout = declared.length === 4 && isChannels(declared[3]) && !isChannels(declared[1]) ? 'NHWC' : 'NCHW';
  const dataset = openDataset(spec);
  try {
    const [channels, height, width] = dataset.train.sample.dims;
    const image = layout === 'NCHW' ? [channels, height, width] : [height, width, channels];
    const probe = layout === 'NCHW' ? [channels, probeSide, probeSide] : [probeSide, probeSide, channels];
    const classifier = await outputDims(
      model,
      input.name,
      declared.length === 2 ? [1, channels * height * width] : [1, ...image],
    );
    if (classifier?.length === 2) {
      const dims = declared.length === 2 ? [1, channels * height * width] : [1, ...image];
      return { dataset, task: { kind: 'classification' }, layout, inputDims: { [input.name]: dims } };
    }
    const enlarged = await outputDims(model, input.name, [1, ...probe]);
    const axis = layout === 'NCHW' ? 2 : 1;
    const factor = enlarged?.length === 4 ? enlarged[axis] / probeSide : NaN;
    if (!Number.isInteger(factor)) {
      throw new RunError(
        `What the model ${model.path ?? ''} is for can't be told from its output (${enlarged?.join('x') ?? 'unknown'}).`,
        'Classifiers with an output [N, classes] and models that enlarge images can be trained.',
      );
    }
    const small =
      layout === 'NCHW' ? [channels, height / factor, width / factor] : [height / factor, width / factor, channels];
    return { dataset, task: { kind: 'enlarging', factor }, layout, inputDims: { [input.name]: [1, ...small] } };
  } catch (error) {
    dataset.close();
    throw error;
  }
}

function isChannels(dim: number | string | undefined): boolean {
  return dim === 1 || dim === 3 || dim === 4;
}

async function outputDims(model: Model, input: string, dims: readonly number[]): Promise<number[] | undefined> {
  const shapes = await inferShapes(model, { [input]: dims });
  const output = shapes.get(model.graph.outputs[0].name)?.dims;
  // A batch that is computed in the graph stays open; the other sizes tell what the output is.
  const sizes = output?.map((dim, axis) => (typeof dim === 'number' ? dim : axis === 0 ? 1 : NaN));
  return sizes?.some(Number.isNaN) ? undefined : sizes;
}

export interface EvaluateOptions {
  readonly threads: number;
  readonly limit?: number;
}

export interface Baseline extends Evaluation {
  readonly preprocessing: Preprocessing;
  /** Name of the preprocessing when it is a common one. */
  readonly preprocessingName?: PreprocessingName | 'computed';
}

/** Samples on which preprocessings are tried: enough to tell chance from skill. */
const trialSamples = 400;

/**
 * Evaluates a model on a split. When no preprocessing is given, the common normalisations are tried on a few samples of
 * a classifier's data and the one that fits best is taken and said: users rarely know which their model was trained with.
 */
export async function evaluateBaseline(
  model: Model | string,
  data: TaskData,
  split: Split,
  given: Preprocessing | undefined,
  options: EvaluateOptions,
  context: RunContext,
): Promise<Baseline> {
  const full = async (preprocessing: Preprocessing): Promise<Evaluation> =>
    evaluate(model, split, preprocessing, data.task, {
      ...options,
      signal: context.signal,
      onProgress: (done, total) => context.progress({ stage: 'evaluating', fraction: done / total }),
    });
  if (given) {
    // The model decides the layout, whatever the normalisation was written down with.
    const preprocessing = { ...given, layout: data.layout };
    return { ...(await full(preprocessing)), preprocessing };
  }
  const first = namedPreprocessing('unit', data.layout);
  if (data.task.kind !== 'classification')
    return { ...(await full(first)), preprocessing: first, preprocessingName: 'unit' };

  const trial = async (preprocessing: Preprocessing): Promise<number> => {
    const { value } = await evaluate(model, split, preprocessing, data.task, {
      ...options,
      limit: trialSamples,
      signal: context.signal,
    });
    return value / 100;
  };
  const candidates = preprocessingCandidates(split, data.layout);
  const { best } = await proposePreprocessing(trial, candidates, 1 / (split.classes ?? 2));
  if (!best) {
    context.note(
      'The model is at chance level with every common normalisation: it may be untrained or made for other data.',
    );
    return { ...(await full(first)), preprocessing: first, preprocessingName: 'unit' };
  }
  const { name, preprocessing, accuracy } = best;
  if (name !== 'unit') {
    context.note(
      `The normalisation "${name}" fits this model best (${(100 * accuracy).toFixed(1)} % on a trial) and is taken; --normalize sets another.`,
    );
  }
  return { ...(await full(preprocessing)), preprocessing, preprocessingName: name };
}

/** The split that a name means. Throws a RunError when the data set has none of that name. */
export function splitOf(dataset: Dataset, name: string): Split {
  const split = name === 'train' ? dataset.train : name === 'validation' ? dataset.validation : dataset.test;
  if (!split)
    throw new RunError(
      `The data set ${dataset.name} has no ${name} split.`,
      'Splits are train and validation, and test where the files have one.',
    );
  return split;
}

/** Reads a model and opens the data for it. */
export async function openModelAndData(path: string, spec: string): Promise<{ model: Model; data: TaskData }> {
  const model = readModel(path);
  return { model, data: await openTaskData(model, spec) };
}
