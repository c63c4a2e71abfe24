import { runTests } from '@vscode/test-electron';
import * as path from 'node:path';
import { findBrowser } from './harness/browser';
import type { Edition } from './harness/editions';
import { installEditor } from './harness/install';
import { readReport } from './harness/mochaRun';
import { describeReport, outcomeOf, type Outcome } from './harness/outcome';
import { root } from './harness/paths';
import { settingsVariable, type StandInSettings } from './harness/standIn';
import { makeFolders } from './harness/workspace';

/** A suite that hangs must not take the whole time that the tests may take. */
const limitMs = 300_000;

/**
 * Runs the suites of `test/editor/suites` in the extension host of one edition: npm's build, or with
 * `VSCODE_TEST=desktop` the desktop editor of the same version, which is downloaded.
 * @throws UnavailableError when the editor can't be had here
 */
export async function runEditor(edition: Edition): Promise<Outcome> {
  const desktop = process.env.VSCODE_TEST === 'desktop';
  const standIn = desktop ? undefined : await standInFor(edition);
  const folders = makeFolders();
  let status = 0;
  try {
    await runTests({
      version: edition.vscode,
      ...(standIn ? { vscodeExecutablePath: path.join(root, 'out', 'harness', 'code.js') } : {}),
      extensionDevelopmentPath: root,
      extensionTestsPath: path.join(root, 'out', 'suites', 'index'),
      launchArgs: [
        folders.workspace,
        '--disable-extensions',
        `--user-data-dir=${folders.userData}`,
        `--extensions-dir=${folders.extensions}`,
      ],
      extensionTestsEnv: {
        LAYERWISE_REPORT: folders.report,
        ...(standIn ? { [settingsVariable]: JSON.stringify(standIn) } : {}),
      },
    });
  } catch {
    status = 1; // why is in the report and on the console
  }
  const lines = readReport(folders.report);
  folders.remove();
  process.stdout.write(`${describeReport(lines)}\n`);
  return outcomeOf(`VS Code ${edition.vscode}`, lines, status);
}

async function standInFor(edition: Edition): Promise<StandInSettings> {
  return { editor: await installEditor(edition), browser: findBrowser(), limitMs };
}
