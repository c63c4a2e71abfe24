import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Report } from '../protocol/report';
import type { RunDetail, RunSummary } from '../protocol/runs';
import { requestOf } from './compressionRequest';
import { RunError } from './errors';
import { RunFolder } from './runFolder';
import { runHolder } from './runLock';
import { updatesOf } from './runUpdates';
import { compressSettingsSchema } from './settings';

/** Where runs are kept unless the user says otherwise, under the working folder. */
export const defaultRunsFolder = '.layerwise/runs';

/** Runs under a folder, oldest first. */
export function listRuns(parent: string): RunSummary[] {
  return RunFolder.list(parent).flatMap((run) => {
    try {
      return summarize(run);
    } catch {
      return []; // A run whose files are damaged is shown nowhere; its folder stays.
    }
  });
}

/** Compressions under some folders, each of which holds the default place for runs or is such a place; newest first. */
export function compressionsUnder(folders: readonly string[]): RunSummary[] {
  const places = new Set(folders.flatMap((folder) => [folder, join(folder, defaultRunsFolder)]));
  return [...places]
    .flatMap((place) => listRuns(place))
    .filter(({ path }) => compressSettingsSchema.safeParse(RunFolder.open(path).settings).success)
    .sort((a, b) => (a.started < b.started ? 1 : -1));
}

export function summarize(run: RunFolder): RunSummary {
  const { model = '' } = run.settings as { model?: string };
  const report = run.read<Report>('report.json');
  return {
    path: run.path,
    model,
    started: new Date(run.startedMs).toISOString(),
    ...(report ? finished(report) : underWay(run)),
  };
}

function finished(report: Report): Pick<RunSummary, 'state' | 'result' | 'figures'> {
  const { verdict, budget, speedup, after, metricName } = report;
  const { latencyMs, metric, macs, bytes } = after;
  return {
    state: 'finished',
    result: `${verdict}, ${speedup.median.toFixed(2)}x`,
    figures: { verdict, resource: budget.resource, speedup, latencyMs, metric, metricName, macs, bytes },
  };
}

function underWay(run: RunFolder): Pick<RunSummary, 'state' | 'result' | 'reachable'> {
  const events = run.events();
  const last = events.findLast(({ kind }) => kind === 'stage' || kind === 'failed' || kind === 'finished');
  if (last?.kind === 'finished') return { state: 'finished', result: 'done' };
  const running = runHolder(run) !== undefined;
  if (last?.kind === 'failed' && !running) {
    const { message, hint, reachable } = last;
    return {
      state: 'failed',
      result: [message, hint].filter(Boolean).join(' '),
      ...(typeof reachable === 'string' && { reachable }),
    };
  }
  return { state: running ? 'running' : 'unfinished', result: `in ${String(last?.name ?? 'preparation')}` };
}

/** A compression with everything its page shows. Throws a RunError when the folder holds none. */
export function runDetail(path: string): RunDetail {
  const run = RunFolder.open(path);
  const settings = compressSettingsSchema.safeParse(run.settings);
  if (!settings.success) {
    throw new RunError(`${path} is not a compression run of this version.`, 'Start a new one.');
  }
  const plan = run.file('plan.json');
  return {
    summary: summarize(run),
    request: requestOf(settings.data),
    updates: updatesOf(run),
    report: run.read<Report>('report.json'),
    ...(existsSync(plan) && { plan: readFileSync(plan, 'utf8') }),
  };
}

/** Deletes a run with its checkpoints, model and report. Throws a RunError while a process works on it. */
export function deleteRun(path: string): void {
  const run = RunFolder.open(path);
  const holder = runHolder(run);
  if (holder !== undefined) throw new RunError(`Process ${holder} works on the run ${path}.`, 'Stop it first.');
  run.remove();
}
