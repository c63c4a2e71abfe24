import type { JSX } from 'preact';
import type { Column } from '../../ui/grid';
import { Name, nameWidth } from '../../ui/Name';
import { fixed, percent, si, timeDecimals } from '../../ui/numbers';
import { Sparkline } from '../../ui/Sparkline';
import { t } from '../../ui/text';
import type { ModelPage } from '../modelPage';
import { keptEnergy, type Time } from '../whatIf';
import { errorText, kindOf, shapeOf, timeFigure, timeText } from '../words';
import type { Row } from './rows';
import { StatusMark, statusText } from './StatusMark';

interface Scale {
  /** The time that fills a bar. */
  readonly largestMs: number;
  readonly decimals: number;
}

/** The columns of the Layers table; bars and decimals are common to all rows, so that figures compare down a column. */
export function columnsOf(page: ModelPage, rows: readonly Row[]): Column<Row>[] {
  const largestMs = rows.reduce((largest, { time }) => Math.max(largest, time?.ms ?? 0), 0);
  const scale: Scale = { largestMs, decimals: timeDecimals(largestMs) };
  const toggle = (row: Row): void => page.plan.exclude(row.name, !row.excluded);
  return [
    {
      id: 'use',
      title: '',
      description: t('Take part in searches'),
      width: 34,
      cell: (row) => row.layer.site && <Use row={row} toggle={toggle} />,
      act: (row) => row.layer.site && toggle(row),
    },
    {
      id: 'name',
      title: t('Layer'),
      width: nameWidth(rows.map(({ name }) => name)),
      grow: 1,
      sort: ({ name }) => name,
      cell: (row) => (
        <>
          <StatusMark row={row} />
          <Name>{row.name}</Name>
        </>
      ),
    },
    {
      id: 'time',
      title: t('Time, ms'),
      description: t('Median of the layer alone on this device, and its share of the largest as a bar'),
      width: 128,
      right: true,
      sort: ({ time }) => time?.ms,
      cell: ({ time }) => time && <TimeCell time={time} share={time.share} scale={scale} color="time" />,
    },
    {
      id: 'planned',
      title: t('Planned'),
      description: t('Time at the planned rank, in milliseconds'),
      width: 112,
      right: true,
      sort: ({ plannedCost, time }) => plannedCost?.time?.ms ?? time?.ms,
      cell: ({ plannedCost }) =>
        plannedCost?.time && <TimeCell time={plannedCost.time} scale={scale} color="planned" />,
    },
    {
      id: 'rank',
      title: t('Rank'),
      description: t('Planned rank of the full rank'),
      width: 126,
      right: true,
      sort: ({ planned, layer }) => layer.site && (planned?.rank ?? layer.site.fullRank) / layer.site.fullRank,
      cell: (row) => <RankCell row={row} />,
    },
    {
      id: 'error',
      title: t('Error'),
      description: t('Relative error of the weight at the planned rank, before training'),
      width: 62,
      right: true,
      sort: ({ plannedCost }) => plannedCost?.error,
      cell: ({ plannedCost }) =>
        plannedCost?.error !== undefined && (
          <span title={t('{0} of the energy kept', percent(keptEnergy(plannedCost.error)))}>
            {errorText(plannedCost)}
          </span>
        ),
    },
    {
      id: 'spectrum',
      title: t('Spectrum'),
      description: t('Singular values, falling'),
      width: 82,
      cell: ({ detail }) => detail && <Spectrum values={detail.singularValues} />,
      sort: ({ detail }) => detail && decay(detail.singularValues),
    },
    {
      id: 'kind',
      title: t('Kind'),
      width: 84,
      sort: ({ layer }) => kindOf(layer),
      cell: ({ layer }) => kindOf(layer),
    },
    {
      id: 'shape',
      title: t('Shape'),
      description: t('Channels in and out, places out'),
      width: 150,
      right: true,
      cell: ({ layer }) => <span class="quiet">{shapeOf(layer)}</span>,
    },
    {
      id: 'macs',
      title: t('MACs'),
      width: 70,
      right: true,
      sort: ({ layer }) => layer.macs,
      cell: ({ layer }) => si(layer.macs),
    },
    {
      id: 'params',
      title: t('Params'),
      description: t('Parameters'),
      width: 70,
      right: true,
      sort: ({ layer }) => layer.params,
      cell: ({ layer }) => si(layer.params),
    },
    {
      id: 'sparsity',
      title: t('Zeros'),
      description: t('Share of exact zeros in the weight'),
      width: 60,
      right: true,
      sort: ({ detail }) => detail?.sparsity,
      cell: ({ detail }) => detail && percent(detail.sparsity, 0),
    },
    {
      id: 'status',
      title: t('Status'),
      width: 170,
      grow: 2,
      sort: statusText,
      cell: (row) => (
        <span class="quiet" title={row.layer.reason}>
          {statusText(row)}
        </span>
      ),
    },
  ];
}

function Use({ row, toggle }: { readonly row: Row; readonly toggle: (row: Row) => void }): JSX.Element {
  return (
    <input
      type="checkbox"
      tabIndex={-1}
      checked={!row.excluded}
      aria-label={t('{0} takes part in searches', row.name)}
      onChange={() => toggle(row)}
    />
  );
}

interface TimeCellProps {
  readonly time: Time;
  readonly share?: number;
  readonly scale: Scale;
  readonly color: 'time' | 'planned';
}

/** A bar with the interval of the measurement at its end, and the figure. Estimates have an open bar and are marked. */
function TimeCell({ time, share, scale, color }: TimeCellProps): JSX.Element {
  const part = (ms: number): string => `${Math.min(100, (100 * ms) / (scale.largestMs || 1))}%`;
  const { low, high } = time;
  const title = share === undefined ? timeText(time) : `${timeText(time)}\n${t('{0} of the time', percent(share))}`;
  return (
    <span class="time-cell" title={title}>
      <span class={`bar ${color} ${time.origin}`} aria-hidden="true">
        <i style={{ width: part(time.ms) }} />
        {low !== undefined && high !== undefined && (
          <b style={{ left: part(low), width: `calc(${part(high)} - ${part(low)})` }} />
        )}
      </span>
      <span>{timeFigure(time, scale.decimals)}</span>
      {low !== undefined && high !== undefined && (
        <span class="sr-only">{t('95 %: {0} to {1}', fixed(low, scale.decimals), fixed(high, scale.decimals))}</span>
      )}
    </span>
  );
}

function RankCell({ row }: { readonly row: Row }): JSX.Element | null {
  const { site } = row.layer;
  if (!site) return null;
  const rank = row.planned?.rank;
  const share = (rank ?? site.fullRank) / site.fullRank;
  return (
    <span class="rank-cell">
      <span class="bar rank-bar" aria-hidden="true">
        <i style={{ width: `${100 * share}%` }} />
      </span>
      <span>
        {rank ?? t('full')} / {site.fullRank}
      </span>
    </span>
  );
}

function Spectrum({ values }: { readonly values: readonly number[] }): JSX.Element {
  return (
    <>
      <Sparkline values={values} />
      <span class="sr-only">{t('half of the energy in {0} values', halfEnergy(values))}</span>
    </>
  );
}

/** How many of the singular values hold half of the energy. */
function halfEnergy(values: readonly number[]): number {
  const total = values.reduce((sum, value) => sum + value * value, 0);
  let sum = 0;
  return 1 + values.findIndex((value) => (sum += value * value) >= total / 2);
}

/** Share of the values that hold half of the energy: small where a low rank loses little. */
function decay(values: readonly number[]): number {
  return halfEnergy(values) / Math.max(1, values.length);
}
