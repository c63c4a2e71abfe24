import { openJob, type CompressionJob } from '../../src/runs/compressionJob';
import type { RunContext } from '../../src/runs/progress';
import { RunFolder } from '../../src/runs/runFolder';
import { measureRises, usesRises } from '../../src/runs/searchStage';
import type { LossRises } from '../../src/search/lossRise';
import type { SearchSpace } from '../../src/search/sites';
import { rowsOf, type BenchNetwork, type Row } from './rows';
import { settingsOf, spaceOf } from './rowSpace';
import { SpentClock } from './spent';
import { existing, risesFolder, type BenchOptions, type Spent } from './workspace';

const spentFile = 'spent.json';

type KnownRises = LossRises & { readonly choices: string };

/** Whether a row's search starts from rises of the loss. */
export function needsRises({ method }: Row): boolean {
  return method !== undefined && usesRises(method);
}

/**
 * Measures the rises of the loss of a network, once for all rows of each resource: their candidates are the same, whatever the
 * budget.
 */
export async function measureAllRises(
  options: BenchOptions,
  network: BenchNetwork,
  resources: ReadonlySet<string>,
  context: RunContext,
): Promise<void> {
  for (const resource of resources) {
    const row = rowsOf([network]).find((each) => needsRises(each) && each.target?.resource === resource);
    if (!row || knownRises(options, row)) continue;
    const run = RunFolder.createOrContinue(risesFolder(options, network, resource), settingsOf(options, row));
    const clock = new SpentClock(run, spentFile);
    const job = await openJob(run, clock.watching(context));
    try {
      await run.stage('rises', () => measured(job, options, row));
    } finally {
      clock.write();
      job.data?.dataset.close();
    }
  }
}

async function measured(job: CompressionJob, options: BenchOptions, row: Row): Promise<KnownRises> {
  const { search } = await spaceOf(job, options, row);
  const { preprocessing } = job.settings;
  if (!preprocessing) throw new Error('A row needs data.');
  return { ...(await measureRises(job, job.source, search, preprocessing)), choices: choicesOf(search) };
}

/** The rises that were measured for a row's network and resource, with what that took. */
export function knownRises(
  options: BenchOptions,
  { network, target }: Row,
): { rises: KnownRises; spent: Spent | undefined } | undefined {
  const run = target && existing(risesFolder(options, network, target.resource));
  const rises = run?.read<KnownRises>('rises.json');
  return run && rises && { rises, spent: run.read<Spent>(spentFile) };
}

/** What the rises are of: other candidates would need others. */
export function choicesOf({ space }: SearchSpace): string {
  return JSON.stringify(space.sites.map(({ site, choices }) => [site, choices.map(({ choice }) => choice)]));
}
