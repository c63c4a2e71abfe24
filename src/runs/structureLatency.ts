import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { compareModels } from '../hardware/compareModels';
import { writeModel } from '../onnx/write';
import type { MeasuredCost } from '../search/measuredBudget';
import type { SearchSpace } from '../search/sites';
import type { Picks } from '../search/space';
import type { CompressionJob } from './compressionJob';
import { MeasuredForms, type RanksBySite } from './measuredForms';
import { measuringProgress } from './progress';
import type { Latencies } from './spaceStage';

/** Processes differ by some per cent, and what is trained is decided by this measurement: more of them make a steadier median. */
const sessions = 7;

/**
 * Milliseconds of the model that picks make, from its measured speed-up over the source: times do not depend on the
 * values of weights, so they are known before anything is trained. Kept in the run's folder: a resumed run chooses the
 * same plan.
 */
export function structureLatency(job: CompressionJob, { space }: SearchSpace, latencies: Latencies): MeasuredCost {
  const { run, context, settings, inputDims } = job;
  const { signal } = context;
  let count = 0;
  return async (picks) => {
    const plan = `plan ${++count}`;
    const ranks = ranksOf(space, picks);
    const name = `structure-${createHash('sha256').update(picks.join()).digest('hex').slice(0, 12)}`;
    const { ms } = await run.stage(name, async () => {
      const file = run.file(`${name}.onnx`);
      try {
        await writeStructure(job, ranks, file);
        const { speedup } = await compareModels(
          { modelPath: settings.model, inputDims },
          { modelPath: file, inputDims },
          { ...settings.device, sessions, signal, onProgress: measuringProgress(context, `measuring ${plan}`) },
        );
        return { ranks: Object.fromEntries(ranks), speedup, ms: latencies.whole.medianMs / speedup.median };
      } finally {
        fs.rmSync(file, { force: true });
      }
    });
    context.note(`The model of ${plan} takes ${ms.toFixed(3)} ms, measured before it is trained.`);
    return ms;
  };
}

async function writeStructure({ source, statuses, shapes }: CompressionJob, ranks: RanksBySite, file: string) {
  const forms = new MeasuredForms(source, statuses, shapes);
  try {
    writeModel(await forms.handedOver(ranks), file);
  } finally {
    await forms.dispose();
  }
}

function ranksOf({ sites }: SearchSpace['space'], picks: Picks): RanksBySite {
  return new Map(
    sites.flatMap(({ site, choices }, i) => {
      const { choice } = choices[picks[i]];
      return choice.kind === 'rank' ? [[site, choice.rank] as const] : [];
    }),
  );
}
