import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import type { LayerFigures } from '../../../src/protocol/figures';
import type { Report } from '../../../src/protocol/report';
import { sortRows, type Column, type Sort } from '../../ui/grid';
import { Name, nameWidth } from '../../ui/Name';
import { fixed, percent, si, timeDecimals } from '../../ui/numbers';
import { t } from '../../ui/text';
import { VirtualTable } from '../../ui/VirtualTable';
import { usePage } from '../modelPage';
import { originText } from '../words';

interface Row extends LayerFigures {
  /** ||after - before|| / ||before|| of the layer's outputs; absent until outputs were compared. */
  readonly difference?: number;
}

/** Every layer before and after. */
export function ResultLayers({ run, report }: { readonly run: string; readonly report: Report }): JSX.Element {
  const page = usePage();
  const [sort, setSort] = useState<Sort>();
  const comparison = page.runs.comparisons.value.get(run);
  const rows = useMemo((): Row[] => {
    const differences = new Map(comparison?.layers.map(({ name, difference }) => [name, difference]));
    return report.layers.map((layer) => ({ ...layer, difference: differences.get(layer.name) }));
  }, [report, comparison]);
  const columns = useMemo(() => columnsOf(rows), [rows]);
  return (
    <section class="result-layers" aria-labelledby="result-layers-title">
      <h3 id="result-layers-title">{t('Layers, before and after')}</h3>
      <VirtualTable
        label={t('Layers, before and after')}
        rows={useMemo(() => sortRows(rows, columns, sort), [rows, columns, sort])}
        columns={columns}
        keyOf={({ name }) => name}
        sort={sort}
        onSort={setSort}
        selected={page.view.value.layer}
        onSelect={(name) => page.select(name)}
        rowClass={({ rank }) => (rank === undefined ? 'kept' : '')}
        empty={t('The report names no layers.')}
      />
    </section>
  );
}

function columnsOf(rows: readonly Row[]): Column<Row>[] {
  const largest = rows.reduce((ms, { denseMs = 0, newMs = 0 }) => Math.max(ms, denseMs, newMs), 0);
  const decimals = timeDecimals(largest);
  const bar = (value: number | undefined, color: 'time' | 'planned'): JSX.Element | false =>
    value !== undefined && (
      <span class="time-cell">
        <span class={`bar ${color}`} aria-hidden="true">
          <i style={{ width: `${(100 * value) / (largest || 1)}%` }} />
        </span>
        <span>{fixed(value, decimals)}</span>
      </span>
    );
  return [
    {
      id: 'layer',
      title: t('Layer'),
      width: nameWidth(rows.map(({ name }) => name)),
      grow: 1,
      sort: ({ name }) => name,
      cell: ({ name }) => <Name>{name}</Name>,
    },
    {
      id: 'rank',
      title: t('Rank'),
      width: 90,
      right: true,
      sort: ({ rank, fullRank }) => (fullRank === undefined ? undefined : (rank ?? fullRank) / fullRank),
      cell: ({ rank, fullRank }) => fullRank !== undefined && `${rank ?? t('full')} / ${fullRank}`,
    },
    {
      id: 'before',
      title: t('Before, ms'),
      width: 140,
      right: true,
      sort: ({ denseMs }) => denseMs,
      cell: ({ denseMs }) => bar(denseMs, 'time'),
    },
    {
      id: 'after',
      title: t('After, ms'),
      width: 140,
      right: true,
      sort: ({ newMs }) => newMs,
      cell: ({ newMs, rank }) => bar(newMs, rank === undefined ? 'time' : 'planned'),
    },
    {
      id: 'origin',
      title: t('Times'),
      width: 150,
      cell: ({ origin }) => <span class="quiet">{originText(origin)}</span>,
    },
    {
      id: 'macs',
      title: t('MACs'),
      width: 130,
      right: true,
      sort: ({ macsBefore }) => macsBefore,
      cell: ({ macsBefore, macsAfter }) => change(macsBefore, macsAfter),
    },
    {
      id: 'params',
      title: t('Params'),
      width: 130,
      right: true,
      sort: ({ paramsBefore }) => paramsBefore,
      cell: ({ paramsBefore, paramsAfter }) => change(paramsBefore, paramsAfter),
    },
    {
      id: 'error',
      title: t('Error'),
      description: t('Relative error of the weight before training'),
      width: 70,
      right: true,
      sort: ({ error }) => error,
      cell: ({ error }) => error !== undefined && percent(error),
    },
    {
      id: 'difference',
      title: t('Outputs differ'),
      description: t('How far the outputs of the layer differ between source and result, relative'),
      width: 110,
      right: true,
      sort: ({ difference }) => difference,
      cell: ({ difference }) => difference !== undefined && percent(difference),
    },
    {
      id: 'reason',
      title: t('Why'),
      width: 150,
      grow: 2,
      cell: ({ rank, reason }) => {
        const why = rank === undefined ? reason : t('Rank chosen by the search.');
        return (
          <span class="quiet" title={why}>
            {why}
          </span>
        );
      },
    },
  ];
}

function change(before: number, after: number): JSX.Element {
  return (
    <span>
      {si(before)}
      {after !== before && <span class="planned-text"> {t('to {0}', si(after))}</span>}
    </span>
  );
}
