import { sampleOf } from '../data/sampleOf';
import type { Preprocessing } from '../data/preprocessing';
import type { LayerStatus } from '../methods/shared/site';
import { trainabilityOf } from '../autodiff/support';
import type { Layer, LayerValue } from '../onnx/layers';
import type { Model } from '../onnx/model';
import { readModel } from '../onnx/read';
import type { Objective } from '../training/objective';
import { crossEntropy } from '../training/objectives/crossEntropy';
import { meanSquaredError } from '../training/objectives/meanSquaredError';
import { enlargedTarget, type DataInput } from '../training/trainingSpec';
import { modelLayers } from './modelLayers';
import { RunError } from './errors';
import type { RunContext } from './progress';
import type { RunFolder } from './runFolder';
import { compressSettingsSchema, fileDigest, type CompressSettings } from './settings';
import { openTaskData, type TaskData } from './taskData';

/** Everything the stages of a compression share. */
export interface CompressionJob {
  readonly run: RunFolder;
  readonly settings: CompressSettings;
  readonly context: RunContext;
  readonly source: Model;
  readonly layers: readonly Layer[];
  readonly statuses: readonly LayerStatus[];
  readonly shapes: ReadonlyMap<string, LayerValue>;
  /** Sizes of the model's inputs for one sample, where they are not declared. */
  readonly inputDims: Readonly<Record<string, readonly number[]>>;
  readonly data?: TaskData;
}

/** Opens the source model and the data of a run. Throws when the model has changed since the run began. */
export async function openJob(run: RunFolder, context: RunContext): Promise<CompressionJob> {
  const parsed = compressSettingsSchema.safeParse(run.settings);
  if (!parsed.success) throw new RunError(`${run.path} is not a compression run of this version.`, 'Start a new one.');
  const settings = parsed.data;
  const source = readModel(settings.model);
  if (fileDigest(settings.model) !== settings.sha256) {
    throw new RunError(`${settings.model} has changed since the run began.`, 'Start a new run for the new model.');
  }
  const opened = settings.data ? await openTaskData(source, settings.data) : undefined;
  const data = opened && withSamples(opened, settings);
  const inputDims = { ...data?.inputDims, ...settings.inputDims };
  const { shapes, layers, statuses } = await modelLayers(source, inputDims);
  if (data) assertTrainable(source, layers, data);
  return {
    run,
    settings,
    context,
    source,
    layers,
    shapes,
    inputDims,
    data,
    statuses: withPins(withExclusions(statuses, settings), settings),
  };
}

/** Data with as few samples as the settings ask for. */
export function withSamples(data: TaskData, { samples, seed }: CompressSettings): TaskData {
  if (samples === undefined) return data;
  const { dataset } = data;
  const { train, validation } = dataset;
  // Judged on as many, so that a short run is short in all its parts.
  const limited = {
    name: dataset.name,
    train: sampleOf(train, samples, seed),
    validation: sampleOf(validation, samples, seed),
    classNames: dataset.classNames,
    close: () => dataset.close(),
  };
  return { ...data, dataset: limited };
}

/** Excluded layers keep their form. Throws for a name that is no layer's. */
function withExclusions(statuses: readonly LayerStatus[], { exclude }: CompressSettings): LayerStatus[] {
  for (const name of exclude) {
    if (!statuses.some(({ layer }) => layer.name === name)) {
      throw new RunError(`The model has no layer "${name}" to exclude.`, 'List its layers with: layerwise inspect');
    }
  }
  return statuses.map((status) =>
    exclude.includes(status.layer.name)
      ? { layer: status.layer, status: 'not-worthwhile', reason: 'Excluded by the user.' }
      : status,
  );
}

/** The same statuses. Throws for a pin that is on no layer that can be compressed, or on a rank that it can't have. */
function withPins(statuses: LayerStatus[], { pinned }: CompressSettings): LayerStatus[] {
  for (const [name, rank] of Object.entries(pinned)) {
    const status = statuses.find(({ layer }) => layer.name === name);
    if (!status?.site) {
      throw new RunError(
        `The rank of "${name}" can't be fixed: ${status ? 'it is no layer that is compressed' : 'the model has no such layer'}.`,
        status?.reason ?? 'List its layers with: layerwise inspect',
      );
    }
    const { fullRank } = status.site;
    if (rank > fullRank)
      throw new RunError(
        `Rank ${rank} of "${name}" is larger than the layer.`,
        `Ranks from 1 to ${fullRank} are allowed.`,
      );
  }
  return statuses;
}

/** Throws a RunError that names the operators without a gradient rule, and what can be done without training. */
function assertTrainable(source: Model, layers: readonly Layer[], { dataset }: TaskData): void {
  const message = trainingObstacle(source, layers);
  if (message === undefined) return;
  dataset.close();
  throw new RunError(message, 'Leave out --data to compress from the weights alone.');
}

/** What stands in the way of training a model, in words; `undefined` when nothing does. */
export function trainingObstacle({ graph }: Model, layers: readonly Layer[]): string | undefined {
  const weights = layers.map(({ name, weight, bias }) => ({
    name,
    weights: bias === undefined ? [weight] : [weight, bias],
  }));
  return trainabilityOf(graph, weights).message;
}

/** What is minimised for the job's task. */
export function objectiveOf({ task }: TaskData): Objective {
  return task.kind === 'classification' ? crossEntropy() : meanSquaredError({ target: enlargedTarget });
}

/** How a training step takes the data. */
export function dataInputOf({ dataset, task }: TaskData, preprocessing: Preprocessing): DataInput {
  return {
    sample: dataset.train.sample,
    preprocessing,
    ...(task.kind === 'enlarging' && { shrink: task.factor }),
  };
}
