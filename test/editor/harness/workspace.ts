import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { writeLargeModel } from '../../support/largeModel';
import { makeSmallTask } from '../../support/smallTask';
import { root } from './paths';
import { removeFolder } from './removeFolder';

/** Folders of one run of the editor; all of them are gone afterwards. */
export interface TestFolders {
  /** What the editor opens. */
  readonly workspace: string;
  readonly userData: string;
  readonly extensions: string;
  readonly report: string;
  remove(): Promise<void>;
}

/** A quiet editor: nothing asks, nothing updates, nothing is shown that was not asked for. */
const quiet = {
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

/** Makes the folders with an empty workspace. `settings` are the user's own. */
export function makeFolders(settings: Readonly<Record<string, unknown>> = {}): TestFolders {
  const folder = mkdtempSync(path.join(tmpdir(), 'layerwise-test-'));
  const inside = (name: string): string => path.join(folder, name);
  const folders: TestFolders = {
    workspace: inside('workspace'),
    userData: inside('user'),
    extensions: inside('extensions'),
    report: inside('report.jsonl'),
    remove: () => removeFolder(folder),
  };
  mkdirSync(path.join(folders.userData, 'User'), { recursive: true });
  mkdirSync(folders.extensions);
  mkdirSync(folders.workspace);
  writeFileSync(path.join(folders.userData, 'User', 'settings.json'), JSON.stringify({ ...quiet, ...settings }));
  return folders;
}

/**
 * Fills a workspace with what the suites work on: the sample, a small task with its data (`small/`), files that are no
 * models (`broken/`), and models of 1 GB and of 2,000 layers (`large/`; their weights are holes on the disk).
 */
export function fillWorkspace(workspace: string): void {
  const inside = (...segments: string[]): string => path.join(workspace, ...segments);
  for (const folder of ['small', 'broken', 'large']) mkdirSync(inside(folder));
  const sample = path.join(root, 'media', 'sample.onnx');
  cpSync(sample, inside('sample.onnx'));
  makeSmallTask(inside('small'));
  const bytes = readFileSync(sample);
  writeFileSync(inside('broken', 'truncated.onnx'), bytes.subarray(0, bytes.length >> 1));
  writeFileSync(inside('broken', 'text.onnx'), 'This is no model but a note.\n');
  writeFileSync(inside('broken', 'empty.onnx'), '');
  writeLargeModel(inside('large', 'gigabyte.onnx'), 16, 4096);
  writeLargeModel(inside('large', 'layers.onnx'), 2000, 64);
}
