import * as vscode from 'vscode';
import type { DeviceSummary, TableSummary } from '../../protocol/times';
import { settingsFor } from '../settings';
import type { Devices } from '../state/devices';
import { deviceRow, deviceTooltip, tableRow, tableTooltip } from './deviceRows';
import { problemRow, problemTooltip } from './problemRow';
import type { Row } from './row';
import { RowTree } from './rowTree';

export type DevicesNode =
  | { readonly kind: 'device'; readonly device: DeviceSummary }
  | { readonly kind: 'table'; readonly table: TableSummary }
  | { readonly kind: 'problem'; readonly error: unknown };

/** The Devices view: providers of this machine, each with the latency tables measured on it. */
export class DevicesTree extends RowTree<DevicesNode> {
  constructor(private readonly devices: Devices) {
    super();
    this.subscriptions.push(
      devices.onDidChange(() => this.refresh()),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('layerwise.device') || event.affectsConfiguration('layerwise.threads'))
          this.refresh();
      }),
    );
  }

  async getChildren(node?: DevicesNode): Promise<DevicesNode[]> {
    if (!node) return this.deviceNodes();
    return node.kind === 'device'
      ? node.device.tables.map((table) => this.same(table.path, { kind: 'table', table }))
      : [];
  }

  private async deviceNodes(): Promise<DevicesNode[]> {
    try {
      return (await this.devices.load()).map((device) => this.same(device.provider, { kind: 'device', device }));
    } catch (error) {
      return [{ kind: 'problem', error }];
    }
  }

  protected row(node: DevicesNode): Row {
    switch (node.kind) {
      case 'device':
        return deviceRow(node.device, settingsFor().device);
      case 'table':
        return tableRow(node.table, Date.now());
      case 'problem':
        return problemRow('devices', node.error);
    }
  }

  protected tooltip(node: DevicesNode): string {
    switch (node.kind) {
      case 'device':
        return deviceTooltip(node.device);
      case 'table':
        return tableTooltip(node.table, Date.now());
      case 'problem':
        return problemTooltip(node.error);
    }
  }
}
