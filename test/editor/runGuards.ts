import * as path from 'node:path';
import { newest } from './harness/editions';
import { outcomeOf, type Outcome } from './harness/outcome';
import { root } from './harness/paths';
import { runInHost } from './runEditor';

const guards = ['failing', 'aborting'];

/**
 * Shows that a wrong suite can't look right: one that fails and one whose extension host aborts, for which the workbench
 * itself reports success.
 */
export async function runGuards(): Promise<Outcome> {
  let failed = 0;
  for (const name of guards) {
    const { lines, status } = await runInHost(newest, [path.join(root, 'out', 'guards', `${name}.suite.js`)]);
    const noticed = outcomeOf(name, lines, status).failed > 0;
    if (!noticed) failed++;
    process.stdout.write(`  ${noticed ? 'ok  ' : 'FAIL'}  the ${name} suite is noticed\n`);
  }
  return { part: 'guards', passed: guards.length - failed, failed, skipped: 0 };
}
