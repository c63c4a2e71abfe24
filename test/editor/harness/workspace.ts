import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { root } from './paths';

/** Folders of one run of the editor; all of them are gone afterwards. */
export interface TestFolders {
  /** What the editor opens. */
  readonly workspace: string;
  readonly userData: string;
  readonly extensions: string;
  readonly report: string;
  remove(): void;
}

/** A quiet editor: nothing asks, nothing updates, nothing is shown that was not asked for. */
const settings = {
  'workbench.startupEditor': 'none',
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'workbench.tips.enabled': false,
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'chat.disableAIFeatures': true,
  'git.enabled': false,
};

/**
 * Makes the folders: the workspace holds the sample and files that are no models, and the user's settings are `settings`
 * and `more`.
 */
export function makeFolders(more: Readonly<Record<string, unknown>> = {}): TestFolders {
  const folder = mkdtempSync(path.join(tmpdir(), 'layerwise-test-'));
  const inside = (name: string): string => path.join(folder, name);
  const folders: TestFolders = {
    workspace: inside('workspace'),
    userData: inside('user'),
    extensions: inside('extensions'),
    report: inside('report.jsonl'),
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }),
  };
  mkdirSync(path.join(folders.userData, 'User'), { recursive: true });
  mkdirSync(folders.extensions);
  writeFileSync(path.join(folders.userData, 'User', 'settings.json'), JSON.stringify({ ...settings, ...more }));
  fillWorkspace(folders.workspace);
  return folders;
}

function fillWorkspace(workspace: string): void {
  mkdirSync(path.join(workspace, 'broken'), { recursive: true });
  const sample = path.join(root, 'media', 'sample.onnx');
  cpSync(sample, path.join(workspace, 'sample.onnx'));
  const bytes = readFileSync(sample);
  writeFileSync(path.join(workspace, 'broken', 'truncated.onnx'), bytes.subarray(0, bytes.length >> 1));
  writeFileSync(path.join(workspace, 'broken', 'text.onnx'), 'This is no model but a note.\n');
  writeFileSync(path.join(workspace, 'broken', 'empty.onnx'), '');
}
