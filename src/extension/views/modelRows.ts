import type { LayerSummary, ModelSummary } from '../../protocol/model';
import type { Progress } from '../../protocol/runs';
import type { LayerTime, ModelTimes } from '../../protocol/times';
import { ago, bytes, ms, percent, progressPercent, si, threads } from '../format';
import { t } from '../l10n';
import type { Marks } from '../state/layerMarks';
import { listed, tooltipTable, type Row } from './row';

/** What is known of a model when its row is drawn. */
export interface ModelState {
  /** The model's address. */
  readonly uri: string;
  readonly name: string;
  /** Folder, relative to the workspace. */
  readonly folder: string;
  readonly open: boolean;
  /** Whether its layers were asked for. */
  readonly expanded?: boolean;
  readonly summary?: ModelSummary;
  readonly times?: ModelTimes;
  /** What is being done with it. */
  readonly activity?: { readonly title: string; readonly progress?: Progress };
}

export function modelRow(state: ModelState): Row {
  const { uri, name, folder, open, expanded, summary, times, activity } = state;
  const doing = activity && listed(activity.title, activity.progress && progressPercent(activity.progress.fraction));
  const figures = listed(
    times && ms(times.latencyMs),
    summary && t('{0} MACs', si(summary.totals.macs)),
    summary && t('{0} layers', summary.layers.length),
  );
  const description = doing ?? (figures || folder);
  return {
    id: uri,
    label: name,
    description,
    icon: activity ? 'loading~spin' : 'circuit-board',
    color: open && !activity ? 'charts.blue' : undefined,
    context: `layerwise.model${activity ? '.busy' : ''}`,
    accessible: listed(name, open && t('open'), description),
    expandable: expanded ? 'expanded' : 'collapsed',
    command: { command: 'layerwise.openModel', title: t('Open Model') },
  };
}

export function modelTooltip({ name, folder, summary, times }: ModelState, now: number): string {
  return tooltipTable(name, [
    [t('Folder'), folder || '.'],
    summary && [t('File'), bytes(summary.fileBytes)],
    summary && [t('MACs'), si(summary.totals.macs)],
    summary && [t('Parameters'), si(summary.totals.params)],
    summary && [t('Opset'), String(summary.opset)],
    summary?.openSizes.length ? [t('Open sizes, counted as 1'), summary.openSizes.join(', ')] : undefined,
    summary?.trainingObstacle ? [t('Training'), summary.trainingObstacle] : undefined,
    times && [
      t('Latency, measured'),
      listed(
        t('{0} ({1} to {2})', ms(times.latency.median), ms(times.latency.low), ms(times.latency.high)),
        threads(times.device.threads),
        ago(times.measured, now),
        times.noisy && t('the machine was busy'),
      ),
    ],
  ]);
}

const icons = { compressible: 'layers', unsupported: 'circle-slash', 'not-worthwhile': 'dash' } as const;

/** A layer with what is known and decided about it. */
export interface LayerState {
  /** The model's address. */
  readonly model: string;
  readonly layer: LayerSummary;
  readonly time?: LayerTime;
  readonly marks: Marks;
}

export function layerRow({ model, layer, time, marks }: LayerState): Row {
  const { site } = layer;
  const excluded = marks.excluded.includes(layer.name);
  const pinned = marks.pinned[layer.name] as number | undefined;
  const description = listed(
    time && timeText(time),
    t('{0} MACs', si(layer.macs)),
    rankText(layer, pinned),
    excluded && t('excluded'),
    !site && layer.reason,
  );
  return {
    id: `${model}#${layer.name}`,
    label: layer.name,
    description,
    icon: excluded ? 'lock' : pinned !== undefined ? 'pinned' : icons[layer.status],
    context: `layerwise.layer${site ? '.site' : ''}${pinned === undefined ? '' : '.pinned'}`,
    accessible: listed(layer.name, layer.op, statusText(layer), description),
    checkbox: site && {
      ticked: !excluded,
      tooltip: excluded ? t('Excluded: the layer keeps its form') : t('The search may change this layer'),
    },
    command: { command: 'layerwise.showLayer', title: t('Show Layer') },
  };
}

export function layerTooltip({ layer, time, marks }: LayerState): string {
  const pinned = marks.pinned[layer.name] as number | undefined;
  return tooltipTable(layer.name, [
    [t('Operator'), layer.op],
    [t('Status'), statusText(layer)],
    [t('Why'), layer.reason],
    [t('Weight'), layer.weightDims.join(' x ')],
    [t('Input'), layer.inputDims.join(' x ')],
    [t('Output'), layer.outputDims.join(' x ')],
    [t('MACs'), si(layer.macs)],
    [t('Parameters'), si(layer.params)],
    time && [
      time.origin === 'measured'
        ? t('Time, measured')
        : time.origin === 'table'
          ? t('Time, from the table')
          : t('Time, estimated'),
      t('{0} ({1} to {2}), {3} of the layers', ms(time.ms), ms(time.low), ms(time.high), percent(time.share)),
    ],
    layer.site && [t('Method'), layer.site.method],
    layer.site && [t('Full rank'), String(layer.site.fullRank)],
    layer.site && [t('Saves MACs up to rank'), String(layer.site.breakEvenRank)],
    pinned === undefined ? undefined : [t('Pinned rank'), String(pinned)],
  ]);
}

/** A time, marked when it is not a measurement. */
function timeText({ ms: value, origin }: LayerTime): string {
  return origin === 'estimated' ? t('{0} (estimated)', ms(value)) : ms(value);
}

function rankText({ site }: LayerSummary, pinned: number | undefined): string | undefined {
  if (!site) return undefined;
  return pinned === undefined ? t('rank {0}', site.fullRank) : t('rank {0} of {1}, pinned', pinned, site.fullRank);
}

function statusText({ status }: LayerSummary): string {
  switch (status) {
    case 'compressible':
      return t('compressible');
    case 'unsupported':
      return t('unsupported');
    case 'not-worthwhile':
      return t('not worthwhile');
  }
}
