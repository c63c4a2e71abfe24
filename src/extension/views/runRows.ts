import type { Progress, RunSummary } from '../../protocol/runs';
import { ago, bytes, left, ms, points, progressPercent, si, times } from '../format';
import { t } from '../l10n';
import { listed, tooltipTable, type Row } from './row';

const icons = {
  running: 'loading~spin',
  finished: 'check',
  failed: 'error',
  unfinished: 'debug-pause',
} as const;

export function runRow(run: RunSummary, progress: Progress | undefined): Row {
  const fellBack = run.figures?.verdict === 'fell-back';
  const state = run.state === 'running' ? progressText(run, progress) : resultText(run);
  const description = listed(state);
  return {
    id: run.path,
    label: nameOf(run.path),
    description,
    icon: fellBack ? 'discard' : icons[run.state],
    color:
      run.state === 'failed' ? 'errorForeground' : run.state === 'finished' && !fellBack ? 'charts.green' : undefined,
    context: `layerwise.run.${run.state}${run.reachable === undefined ? '' : '.reachable'}`,
    accessible: listed(nameOf(run.path), stateText(run), description),
    command: { command: 'layerwise.openRun', title: t('Open Run') },
  };
}

export function runTooltip(run: RunSummary, now: number): string {
  const { figures } = run;
  return tooltipTable(nameOf(run.path), [
    [t('Model'), nameOf(run.model)],
    [t('State'), stateText(run)],
    [t('Result'), run.result],
    [t('Started'), ago(run.started, now)],
    figures && [
      t('Speed-up, measured in pairs'),
      t('{0} ({1} to {2})', times(figures.speedup.median), times(figures.speedup.low), times(figures.speedup.high)),
    ],
    figures && [t('Latency, measured'), ms(figures.latencyMs)],
    figures?.metric === undefined ? undefined : [figures.metricName ?? t('accuracy'), points(figures.metric)],
    figures && [t('MACs'), si(figures.macs)],
    figures && [t('File'), bytes(figures.bytes)],
    [t('Folder'), run.path],
  ]);
}

/** How far a run is, in one line: `search, 43 %, 2 min left`. */
export function progressText(run: RunSummary, progress: Progress | undefined): string {
  if (!progress) return run.result;
  const { stage, fraction, etaMs } = progress;
  return listed(stage, progressPercent(fraction), etaMs !== undefined && left(etaMs));
}

function resultText({ state, result, figures }: RunSummary): string {
  if (state === 'unfinished') return listed(t('can be resumed'), result);
  if (!figures) return result;
  return figures.verdict === 'accepted'
    ? t('accepted, {0} as fast', times(figures.speedup.median))
    : t('fell back to the source model');
}

function stateText({ state }: RunSummary): string {
  switch (state) {
    case 'running':
      return t('running');
    case 'finished':
      return t('finished');
    case 'failed':
      return t('failed');
    case 'unfinished':
      return t('unfinished');
  }
}

export function nameOf(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}
