import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import type { Outcome } from './editor/harness/outcome';
import { root } from './editor/harness/paths';

/** Part of what vitest's JSON reporter writes. */
interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly success: boolean;
}

/** Runs everything that needs no editor, by vitest. */
export async function runUnit(): Promise<Outcome> {
  const folder = mkdtempSync(path.join(tmpdir(), 'layerwise-unit-'));
  const file = path.join(folder, 'report.json');
  try {
    const program = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
    const options = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
    const child = spawn(process.execPath, [program, ...options], { cwd: root, stdio: 'inherit' });
    const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
    const report = JSON.parse(readFileSync(file, 'utf8')) as VitestReport;
    const failed = report.numFailedTests;
    return {
      part: 'unit',
      passed: report.numPassedTests,
      // A file that does not load fails without a failed test.
      failed: failed === 0 && (status !== 0 || !report.success) ? 1 : failed,
      skipped: report.numPendingTests + report.numTodoTests,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
