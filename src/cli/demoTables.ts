import type { LayerFigures } from '../protocol/figures';
import type { Latencies } from '../runs/spaceStage';
import { ms, percent, si, table } from './output';

/** Columns of the longest bar. */
const barWidth = 40;

/** Latency against rank of one layer: a bar for each rank measured, the ranks worth having marked. */
export function staircaseChart({ points, front, step, layer, keepMs }: NonNullable<Latencies['staircase']>): string {
  const worth = new Set(front.filter((point) => point.ms < keepMs).map(({ rank }) => rank));
  const longest = Math.max(keepMs, ...points.map((point) => point.ms));
  const line = (name: string, value: number, mark: string): string =>
    `${name.padStart(6)}  ${ms(value).padStart(7)}  ${'█'.repeat(Math.max(1, Math.round((barWidth * value) / longest)))} ${mark}`.trimEnd();
  return [
    `Latency against rank, layer ${layer} (step ${step}; * = worth having: no larger rank is as fast)`,
    '  rank       ms',
    ...points.map((point) => line(String(point.rank), point.ms, worth.has(point.rank) ? '*' : '')),
    line('dense', keepMs, ''),
  ].join('\n');
}

/** Before and after of every layer. */
export function layerTable(layers: readonly LayerFigures[]): string {
  return table(layers, [
    { title: 'layer', value: ({ name }) => name },
    { title: 'dense ms', value: ({ denseMs }) => (denseMs === undefined ? '' : ms(denseMs)), right: true },
    {
      title: 'rank',
      value: ({ rank, fullRank }) => (rank === undefined ? 'keep' : `${rank} of ${fullRank}`),
      right: true,
    },
    { title: 'new ms', value: ({ newMs }) => (newMs === undefined ? '' : ms(newMs)), right: true },
    { title: 'MACs', value: ({ macsAfter }) => si(macsAfter), right: true },
    { title: 'error', value: ({ error }) => (error === undefined ? '' : percent(error)), right: true },
    { title: 'why', value: ({ rank, reason }) => (rank === undefined ? reason : '') },
  ]);
}
