import { unfoldBatchNorm } from '../methods/shared/batchNorm';
import { layerNode } from '../onnx/layers';
import type { Model } from '../onnx/model';
import type { Preprocessing } from '../data/preprocessing';
import { recalibrateBatchNorm } from '../training/batchNormalization';
import { collectStatistics } from '../training/layerStatistics';
import { augmentationFor } from './augmentationFor';
import type { CompressionJob } from './compressionJob';
import type { TaskData } from './taskData';

/** Networks with fewer convolutions train well without BatchNorm. */
const deepNetwork = 5;

/** Batches from which the statistics of layers are taken: some thousand samples. */
const statisticsBatches = 16;

export interface Trainable {
  readonly model: Model;
  /** Layers that got their BatchNormalization back, to be folded again in the result. */
  readonly unfolded: readonly string[];
}

/**
 * The source model in the form in which it is trained. Deployed classifiers have their BatchNorm folded away and hardly
 * train without it: it is put back from the statistics of the layers' outputs, so that the model computes what it did.
 */
export async function trainableForm(
  job: CompressionJob,
  data: TaskData,
  preprocessing: Preprocessing,
): Promise<Trainable> {
  const { source, layers, settings, context } = job;
  const convolutions = layers.filter(({ op }) => op === 'Conv');
  const normalised = source.graph.nodes.some(({ opType }) =>
    /^(Batch|Layer|Instance|Group)Normalization$/.test(opType),
  );
  if (data.task.kind !== 'classification' || normalised || convolutions.length < deepNetwork) {
    return { model: source, unfolded: [] };
  }
  context.progress({ stage: 'putting BatchNorm back', fraction: 0 });
  const outputs = new Map(convolutions.map(({ name }) => [name, layerNode(source, name).output[0]]));
  const statistics = await collectStatistics(
    source,
    [...outputs.values()],
    {
      split: data.dataset.train,
      preprocessing,
      batch: Math.min(settings.batch, data.dataset.train.length),
      batches: statisticsBatches,
      seed: settings.seed,
      augmentation: augmentationFor(data),
    },
    { batchNorm: 'running', threads: settings.trainThreads, signal: context.signal },
  );
  const model = source.clone();
  const names = convolutions.map(({ name }) => name);
  unfoldBatchNorm(model, names, new Map(names.map((name) => [name, statistics.get(outputs.get(name)!)!])));
  context.note(
    `BatchNorm was folded away: it is put back behind ${names.length} convolutions for training and folded again in the result.`,
  );
  return { model, unfolded: names };
}

/** A compressed model that is not trained on needs BatchNorm statistics of its own. */
export async function recalibrated(
  job: CompressionJob,
  data: TaskData,
  preprocessing: Preprocessing,
  model: Model,
): Promise<Model> {
  const { settings, context } = job;
  if (data.task.kind !== 'classification') return model;
  context.progress({ stage: 'recalibrating BatchNorm', fraction: 0 });
  return recalibrateBatchNorm(
    model,
    {
      split: data.dataset.train,
      preprocessing,
      batch: Math.min(settings.batch, data.dataset.train.length),
      batches: statisticsBatches,
      seed: settings.seed,
      augmentation: augmentationFor(data),
    },
    { threads: settings.trainThreads, signal: context.signal },
  );
}
