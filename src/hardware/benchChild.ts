import { serveParent } from '../runtime/childServer';
import { probeProvider } from '../runtime/providers';
import { Session } from '../runtime/session';
import { Random } from '../tensor/random';
import type { BenchApi, BenchModel, BenchSettings } from './benchProtocol';
import { measureInterleaved, measurePaired, type LoopOptions, type Timed } from './measureLoop';
import { LoadWatch, waitForQuiet } from './otherLoad';
import { randomInputs } from './randomInputs';

/** The program of the bench child: it times models and does nothing else. */
serveParent<BenchApi>({
  measure: ({ models, settings }, { progress }) =>
    withSessions(models, settings, (timed) =>
      watched(settings, async () => ({
        samples: await measureInterleaved(timed, loopOptions(settings, progress)),
      })),
    ),
  compare: ({ a, b, settings }, { progress }) =>
    withSessions([a, b], settings, ([first, second]) =>
      watched(settings, async () => ({
        paired: await measurePaired(first, second, loopOptions(settings, progress)),
      })),
    ),
  probe: probeProvider,
});

function loopOptions({ targetInterval, maxMs, seed }: BenchSettings, onRound: (fraction: number) => void): LoopOptions {
  return { targetInterval, maxMs, random: Random.of(seed), now: () => performance.now(), interruptions, onRound };
}

/** Zero where the system does not count them (Windows). */
function interruptions(): number {
  return process.resourceUsage().involuntaryContextSwitches;
}

/** Sessions side by side, so that they can be interleaved. */
async function withSessions<T>(
  models: readonly BenchModel[],
  { provider, threads, seed }: BenchSettings,
  work: (timed: readonly Timed[]) => Promise<T>,
): Promise<T> {
  const sessions: Session[] = [];
  try {
    const timed: Timed[] = [];
    for (const { id, model, inputDims } of models) {
      const session = await Session.create(model, { provider, threads });
      sessions.push(session);
      timed.push({ id, run: session.prepare(randomInputs(session.inputs, inputDims, seed)) });
    }
    return await work(timed);
  } finally {
    for (const session of sessions) await session.dispose();
  }
}

async function watched<T>({ quietMs }: BenchSettings, work: () => Promise<T>): Promise<T & { otherLoad: number }> {
  await waitForQuiet(quietMs);
  const watch = new LoadWatch();
  const result = await work();
  return { ...result, otherLoad: watch.cores() };
}
