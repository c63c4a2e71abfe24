import type { Device } from '../../protocol/device';
import type { DeviceSummary, TableSummary } from '../../protocol/times';
import { ago, threads } from '../format';
import { t } from '../l10n';
import { listed, tooltipTable, type Row } from './row';

const names: Readonly<Record<Device['provider'], string>> = {
  cpu: 'CPU',
  cuda: 'CUDA',
  dml: 'DirectML',
  coreml: 'Core ML',
  webgpu: 'WebGPU',
};

/** @param chosen the device that is set */
export function deviceRow(device: DeviceSummary, chosen: Device): Row {
  const { provider, available, reason, description, tables } = device;
  const isChosen = provider === chosen.provider;
  const text = available
    ? listed(isChosen && t('in use, {0}', threads(chosen.threads)), description)
    : t('not available');
  return {
    id: provider,
    label: names[provider],
    description: text,
    icon: !available ? 'circle-slash' : isChosen ? 'pass' : 'chip',
    context: `layerwise.device${available ? '.available' : ''}${isChosen ? '.chosen' : ''}`,
    accessible: listed(names[provider], text, !available && reason),
    expandable: tables.length > 0 ? 'expanded' : undefined,
  };
}

export function deviceTooltip({ provider, reason, description, tables }: DeviceSummary): string {
  return tooltipTable(names[provider], [
    [t('Status'), reason],
    [t('Device'), description],
    [t('Latency tables'), String(tables.length)],
  ]);
}

export function tableRow(table: TableSummary, now: number): Row {
  const { device, entries, newest, path } = table;
  const label = threads(device.threads);
  const description = listed(t('{0} entries', entries), ago(newest, now));
  return {
    id: path,
    label,
    description,
    icon: 'table',
    context: 'layerwise.table',
    accessible: listed(t('Latency table'), label, description),
  };
}

export function tableTooltip({ device, entries, oldest, newest, path }: TableSummary, now: number): string {
  return tooltipTable(t('Latency table'), [
    [t('Device'), listed(names[device.provider], threads(device.threads))],
    [t('Entries'), String(entries)],
    [t('Oldest measurement'), ago(oldest, now)],
    [t('Newest measurement'), ago(newest, now)],
    [t('File'), path],
  ]);
}
