import type { Model } from '../onnx/model';
import { castTo } from '../tensor/convert';
import { float32 } from '../tensor/tensor';
import { TrainingError } from './errors';
import { collectStatistics, type CalibrationSource, type StatisticsOptions } from './layerStatistics';

/**
 * A copy of the model whose BatchNormalization layers have running statistics computed anew: the mean and the variance of
 * each layer's input over the calibration batches, every batch normalised by its own statistics on the way, as in
 * training. What a network needs when its weights were changed otherwise than by training. An
 * unchanged copy when there is none.
 * Throws a TrainingError when statistics are not weights of the model or the split is shorter than one batch.
 */
export async function recalibrateBatchNorm(
  model: Model,
  source: CalibrationSource,
  options: Omit<StatisticsOptions, 'batchNorm'> = {},
): Promise<Model> {
  const layers = model.graph.nodes.filter((node) => node.opType === 'BatchNormalization');
  const inputs = layers.map((node) => node.input[0]);
  const statistics = await collectStatistics(model, inputs, source, { ...options, batchNorm: 'batch' });
  const copy = model.clone();
  for (const node of layers) {
    const { mean, variance } = statistics.get(node.input[0])!;
    for (const [name, values] of [
      [node.input[3], mean],
      [node.input[4], variance],
    ] as const) {
      const type = copy.graph.weights.get(name)?.elementType;
      if (!type) {
        throw new TrainingError(
          `The running statistic ${name} is not a weight of the model.`,
          'Export the model with its BatchNormalization parameters as weights.',
        );
      }
      copy.graph.setWeight(name, castTo(float32([values.length], values), type));
    }
  }
  return copy;
}
