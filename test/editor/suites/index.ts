import { runMocha } from '../harness/mochaRun';
import { filesVariable, reportVariable } from '../harness/hostVariables';

/** What the extension host calls: runs the files that the runner names. */
export async function run(): Promise<void> {
  const report = process.env[reportVariable];
  const files = process.env[filesVariable];
  if (!report || !files) throw new Error('These suites are started by `npm test -- editor`.');
  const failures = await runMocha({
    files: JSON.parse(files) as string[],
    report,
    timeoutMs: 60_000,
    only: process.env.LAYERWISE_ONLY,
  });
  if (failures > 0) throw new Error(`${failures} failed`);
}
