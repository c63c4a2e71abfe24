import { readModel } from '../onnx/read';
import type { RunMetric } from '../protocol/runs';
import { withSamples } from './compressionJob';
import { RunError } from './errors';
import type { RunContext } from './progress';
import { RunFolder } from './runFolder';
import { compressSettingsSchema } from './settings';
import { evaluateBaseline, openTaskData, type Baseline } from './taskData';

/**
 * How well the model of a finished run does on the samples that the run judged it on, prepared the same way.
 * Throws a RunError for a run without data.
 */
export async function evaluateRun(path: string, context: RunContext): Promise<RunMetric> {
  const run = RunFolder.open(path);
  const settings = compressSettingsSchema.safeParse(run.settings).data;
  const baseline = run.read<Baseline>('baseline.json');
  if (!settings?.data || !baseline)
    throw new RunError(`The run ${path} had no data to judge its model on.`, 'Start one with data.');
  const model = run.file('model.onnx');
  const opened = await openTaskData(readModel(model), settings.data);
  try {
    const data = withSamples(opened, settings);
    const { validation } = data.dataset;
    const options = { threads: settings.trainThreads };
    const found = await evaluateBaseline(model, data, validation, baseline.preprocessing, options, context);
    return { metric: found.metric, value: found.value, samples: found.samples };
  } finally {
    opened.dataset.close();
  }
}
