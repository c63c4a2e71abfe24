import { z } from 'zod';
import type { RunUpdate } from '../protocol/runs';
import type { RunEvent, RunFolder } from './runFolder';

const searchState = z.object({
  epoch: z.number(),
  epochs: z.number(),
  step: z.number(),
  steps: z.number(),
  temperature: z.number(),
  loss: z.number(),
  expected: z.number(),
  multiplier: z.number(),
});

const probabilities = z.object({
  epoch: z.number(),
  step: z.number(),
  sites: z.array(
    z.object({
      site: z.string(),
      choices: z.array(z.union([z.number(), z.literal('keep')])),
      probabilities: z.array(z.number()),
    }),
  ),
});

const updateEvent = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('stage'), name: z.string() }),
  z.object({ kind: z.literal('note'), sentence: z.string() }),
  z.object({ kind: z.literal('search'), state: searchState }),
  z.object({ kind: z.literal('probabilities'), probabilities }),
  z.object({
    kind: z.literal('epoch'),
    stage: z.string(),
    epoch: z.number(),
    loss: z.number(),
    accuracy: z.number().optional(),
    evaluation: z.object({ value: z.number() }).optional(),
  }),
]);

/** What an event of a run tells whoever watches it; `undefined` for those that are of no interest or of another version. */
export function updateOf(event: RunEvent): RunUpdate | undefined {
  const { data } = updateEvent.safeParse(event);
  if (data?.kind !== 'epoch') return data;
  const { kind, stage, epoch, loss, accuracy, evaluation } = data;
  return {
    kind,
    state: {
      ...{ stage, epoch, loss },
      ...(accuracy !== undefined && { accuracy }),
      ...(evaluation && { metric: evaluation.value }),
    },
  };
}

/** Everything that has happened in a run, oldest first; what was done again after a kill is told as it was done last. */
export function updatesOf(run: RunFolder): RunUpdate[] {
  let updates: RunUpdate[] = [];
  const reached = new Map<string, number>();
  for (const event of run.events()) {
    const update = updateOf(event);
    if (!update) continue;
    const { series, position } = placeOf(update);
    if (series !== undefined) {
      if (position <= (reached.get(series) ?? -1)) updates = updates.filter((earlier) => !follows(earlier, update));
      reached.set(series, position);
    }
    updates.push(update);
  }
  return updates;
}

function follows(earlier: RunUpdate, update: RunUpdate): boolean {
  const [a, b] = [placeOf(earlier), placeOf(update)];
  return a.series !== undefined && a.series === b.series && a.position >= b.position;
}

/** To which rising series an update belongs, and where in it. */
function placeOf(update: RunUpdate): { readonly series?: string; readonly position: number } {
  if (update.kind === 'search') return { series: 'search', position: update.state.step };
  if (update.kind === 'probabilities') return { series: 'probabilities', position: update.probabilities.step };
  if (update.kind === 'epoch') return { series: `epoch of ${update.state.stage}`, position: update.state.epoch };
  return { position: 0 };
}
