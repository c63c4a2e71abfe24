import { runTests } from '@vscode/test-electron';
import { readdirSync } from 'node:fs';
import * as path from 'node:path';
import { findBrowser } from './harness/browser';
import type { Edition } from './harness/editions';
import { filesVariable, reportVariable } from './harness/hostVariables';
import { installEditor } from './harness/install';
import { readReport, type ReportLine } from './harness/mochaRun';
import { describeReport, outcomeOf, type Outcome } from './harness/outcome';
import { root } from './harness/paths';
import { settingsVariable, type StandInSettings } from './harness/standIn';
import { fillWorkspace, makeFolders } from './harness/workspace';

/** Ends what hangs; a busy machine must not come near it. */
const limitMs = 900_000;

/** Runs all of `test/editor/suites` in one edition and prints what came of each test. */
export async function runEditor(edition: Edition): Promise<Outcome> {
  const folder = path.join(root, 'out', 'suites');
  const names = readdirSync(folder).filter((name) => name.endsWith('.suite.js'));
  const { lines, status } = await runInHost(
    edition,
    names.sort().map((name) => path.join(folder, name)),
  );
  process.stdout.write(`${describeReport(lines)}\n`);
  return outcomeOf(`VS Code ${edition.vscode}`, lines, status);
}

/** What a run in an extension host left: its report, and the exit status of the editor. */
export interface HostRun {
  readonly lines: readonly ReportLine[];
  readonly status: number;
}

/**
 * Runs files of suites in the extension host of one edition: npm's build, or with `VSCODE_TEST=desktop` the desktop editor
 * of the same version, which is downloaded.
 * @throws UnavailableError when the editor can't be had here
 */
export async function runInHost(edition: Edition, files: readonly string[]): Promise<HostRun> {
  const desktop = process.env.VSCODE_TEST === 'desktop';
  const standIn = desktop ? undefined : await standInFor(edition);
  const folders = makeFolders();
  fillWorkspace(folders.workspace);
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
        [reportVariable]: folders.report,
        [filesVariable]: JSON.stringify(files),
        ...(standIn ? { [settingsVariable]: JSON.stringify(standIn) } : {}),
      },
    });
  } catch {
    status = 1; // why is in the report and on the console
  }
  const lines = readReport(folders.report);
  await folders.remove();
  return { lines, status };
}

async function standInFor(edition: Edition): Promise<StandInSettings> {
  return { editor: await installEditor(edition), browser: findBrowser(), limitMs };
}
