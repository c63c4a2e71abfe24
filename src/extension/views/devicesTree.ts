import * as vscode from 'vscode';
import type { DeviceSummary, TableSummary } from '../../protocol/times';
import { settingsFor } from '../settings';
import type { Devices } from '../state/devices';
import { deviceRow, deviceTooltip, tableRow, tableTooltip } from './deviceRows';
import type { Row } from './row';
import { RowTree } from './rowTree';

export type DevicesNode =
  | { readonly kind: 'device'; readonly device: DeviceSummary }
  | { readonly kind: 'table'; readonly table: TableSummary };

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
    if (!node) return (await this.devices.load()).map((device) => ({ kind: 'device', device }));
    return node.kind === 'device' ? node.device.tables.map((table) => ({ kind: 'table', table })) : [];
  }

  protected row(node: DevicesNode): Row {
    return node.kind === 'device' ? deviceRow(node.device, settingsFor().device) : tableRow(node.table, Date.now());
  }

  protected tooltip(node: DevicesNode): string {
    return node.kind === 'device' ? deviceTooltip(node.device) : tableTooltip(node.table, Date.now());
  }
}
