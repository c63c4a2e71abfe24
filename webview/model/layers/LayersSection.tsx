import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { useComputed } from '@preact/signals';
import { LinkButton, Select, TextField } from '../../ui/controls';
import { sortRows } from '../../ui/grid';
import { t } from '../../ui/text';
import { VirtualTable } from '../../ui/VirtualTable';
import { usePage, type ModelPage } from '../modelPage';
import { change, type Show } from '../viewState';
import { layerContext } from '../contextMenu';
import { layerCount, runName } from '../words';
import { columnsOf } from './columns';
import { filterRows, rowsOf, type Row } from './rows';

/** The table of layers with its filter, and what the planned ranks come from. */
export function LayersSection(): JSX.Element {
  const page = usePage();
  const { text, show, sort, layer } = page.view.value;
  const rows = useComputed(() => rowsOf(page)).value;
  const columns = useMemo(() => columnsOf(page, rows), [rows]);
  const shown = useMemo(() => sortRows(filterRows(rows, text, show), columns, sort), [rows, columns, text, show, sort]);
  return (
    <>
      <div class="toolbar">
        <TextField
          quiet
          class="filter"
          label={t('Filter layers')}
          placeholder={t('Filter layers')}
          value={text}
          onInput={(value) => change(page.view, { text: value })}
        />
        <Select
          quiet
          label={t('Which layers')}
          value={show}
          options={[
            { value: 'all', label: t('All layers') },
            { value: 'compressible', label: t('Compressible') },
            { value: 'pinned', label: t('Pinned') },
            { value: 'excluded', label: t('Excluded') },
          ]}
          onChange={(value) => change(page.view, { show: value as Show })}
        />
        <span class="quiet" role="status">
          {shown.length === rows.length ? layerCount(rows.length) : t('{0} of {1} layers', shown.length, rows.length)}
        </span>
        <span class="grow" />
        <PlanSources page={page} />
      </div>
      <VirtualTable<Row>
        label={t('Layers')}
        rows={shown}
        columns={columns}
        keyOf={({ name }) => name}
        sort={sort}
        onSort={(next) => change(page.view, { sort: next })}
        selected={layer}
        onSelect={(name) => page.select(name)}
        rowClass={({ excluded, layer: { site } }) => (excluded || !site ? 'kept' : '')}
        context={({ name, layer: { site }, pinned }) => layerContext(name, site !== undefined, pinned !== undefined)}
        onVisible={(visible) => (page.inSight.value = visible.map(({ name }) => name))}
        empty={
          rows.length === 0 ? (
            t('The model has no layer with weights: there is nothing to compress.')
          ) : (
            <>
              {t('No layer fits the filter.')}{' '}
              <LinkButton onClick={() => change(page.view, { text: '', show: 'all' })}>{t('Show All')}</LinkButton>
            </>
          )
        }
      />
    </>
  );
}

/** What planned ranks come from, each to be switched off. */
function PlanSources({ page }: { readonly page: ModelPage }): JSX.Element | null {
  const { plan, runs, view } = page;
  const pins = Object.keys(plan.pinned.value).length;
  const accepted = runs.runs.value.find(({ figures }) => figures?.verdict === 'accepted');
  const { pinsOnly } = view.value;
  if (pins === 0 && !accepted) return null;
  return (
    <span class="plan-sources">
      <span class="quiet">{t('Planned:')}</span>
      {accepted && (
        <button
          type="button"
          class="chip"
          aria-pressed={!pinsOnly}
          title={t('Start from the ranks that this run chose')}
          onClick={() => change(view, { pinsOnly: !pinsOnly })}
        >
          {t('run of {0}', runName(accepted))}
        </button>
      )}
      {pins > 0 && (
        <>
          <span>{pins === 1 ? t('1 pin') : t('{0} pins', pins)}</span>
          <LinkButton onClick={() => plan.unpinAll()}>{t('Unpin All')}</LinkButton>
        </>
      )}
    </span>
  );
}
