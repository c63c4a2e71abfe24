import * as vscode from 'vscode';
import type { Device } from '../protocol/device';
import type { SearchKind } from '../protocol/runs';

/** What the user set, as it holds for a model. */
export interface Settings {
  readonly device: Device;
  readonly data: string;
  readonly budget: string;
  readonly maxDrop: number;
  readonly search: SearchKind;
  readonly searchEpochs: number;
  readonly epochs: number;
  /** How many samples are used; undefined for all. */
  readonly samples: number | undefined;
  readonly seed: number;
  /** Absolute, or relative to the workspace folder. */
  readonly runsFolder: string;
}

/** @param scope the model, for settings that may differ between folders */
export function settingsFor(scope?: vscode.Uri): Settings {
  const layerwise = vscode.workspace.getConfiguration('layerwise', scope ?? null);
  const get = <T>(name: string, otherwise: T): T => layerwise.get<T>(name, otherwise);
  return {
    device: { provider: get<Device['provider']>('device', 'cpu'), threads: get('threads', 1) },
    data: get('compress.data', ''),
    budget: get('compress.budget', '0.5x'),
    maxDrop: get('compress.maxDrop', 1),
    search: get<SearchKind>('compress.search', 'haloc'),
    searchEpochs: get('compress.searchEpochs', 3),
    epochs: get('compress.epochs', 10),
    samples: get('compress.samples', 0) || undefined,
    seed: get('compress.seed', 1),
    runsFolder: get('runs.folder', '.layerwise/runs'),
  };
}

/** Program that runs the engine; undefined for the editor's own Node. */
export function engineNodePath(): string | undefined {
  return vscode.workspace.getConfiguration('layerwise').get<string>('engine.nodePath')?.trim() || undefined;
}
