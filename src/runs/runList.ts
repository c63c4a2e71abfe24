import type { Report } from '../protocol/report';
import { RunFolder } from './runFolder';

/** Where runs are kept unless the user says otherwise, under the working folder. */
export const defaultRunsFolder = '.layerwise/runs';

export type RunState = 'finished' | 'failed' | 'unfinished';

export interface RunSummary {
  readonly path: string;
  readonly model: string;
  /** ISO 8601 */
  readonly started: string;
  readonly state: RunState;
  /** One line: the verdict, the last stage, or what went wrong. */
  readonly result: string;
}

/** Runs under a folder, oldest first. */
export function listRuns(parent: string): RunSummary[] {
  return RunFolder.list(parent).map(summarize);
}

export function summarize(run: RunFolder): RunSummary {
  const { model = '' } = run.settings as { model?: string };
  const report = run.read<Report>('report.json');
  const last = run.events().findLast(({ kind }) => kind === 'stage' || kind === 'failed');
  const state: RunState = report ? 'finished' : last?.kind === 'failed' ? 'failed' : 'unfinished';
  const result = report
    ? `${report.verdict}, ${report.speedup.median.toFixed(2)}x`
    : last?.kind === 'failed'
      ? String(last.message)
      : `in ${String(last?.name ?? 'preparation')}`;
  return { path: run.path, model, started: new Date(run.startedMs).toISOString(), state, result };
}
