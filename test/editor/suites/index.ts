import { readdirSync } from 'node:fs';
import * as path from 'node:path';
import { runMocha } from '../harness/mochaRun';

/** What the extension host calls: runs every suite beside this file. */
export async function run(): Promise<void> {
  const report = process.env.LAYERWISE_REPORT;
  if (!report) throw new Error('LAYERWISE_REPORT must name the file that gets the results.');
  const files = readdirSync(__dirname)
    .filter((name) => name.endsWith('.suite.js'))
    .sort()
    .map((name) => path.join(__dirname, name));
  const failures = await runMocha({ files, report, timeoutMs: 60_000, only: process.env.LAYERWISE_ONLY });
  if (failures > 0) throw new Error(`${failures} failed`);
}
