import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { findBrowser } from '../editor/harness/browser';
import { newest } from '../editor/harness/editions';
import { reportVariable } from '../editor/harness/hostVariables';
import { installEditor, type InstalledEditor } from '../editor/harness/install';
import { readReport, runMocha } from '../editor/harness/mochaRun';
import { describeReport, outcomeOf, type Outcome } from '../editor/harness/outcome';
import { root } from '../editor/harness/paths';
import { removeFolder } from '../editor/harness/removeFolder';
import { provideSettings } from './support/settings';

const run = promisify(execFile);

/** A step waits for a whole compression of the sample. */
const stepTimeoutMs = 300_000;

/**
 * Builds the package for this machine, installs it in the newest editor and runs suites of `test/ui` on it.
 * @param wanted by the file's name
 * @throws UnavailableError when the editor can't be had here
 */
export async function runUi(wanted: (suite: string) => boolean): Promise<Outcome> {
  const browser = findBrowser();
  const editor = await installEditor(newest);
  const folder = mkdtempSync(path.join(tmpdir(), 'layerwise-ui-'));
  try {
    const vsix = await makePackage();
    const extensions = path.join(folder, 'extensions');
    await install(editor, vsix, extensions, folder);
    provideSettings({ editor, browser, vsix, extensions });
    const report = path.join(folder, 'report.jsonl');
    process.env[reportVariable] = report; // suites put figures into it
    const suites = path.join(root, 'out', 'ui');
    const files = readdirSync(suites).filter((name) => name.endsWith('.suite.js') && wanted(name));
    const only = process.env.LAYERWISE_ONLY;
    const failures = await runMocha({
      files: files.sort().map((name) => path.join(suites, name)),
      report,
      timeoutMs: stepTimeoutMs,
      only,
    });
    const lines = readReport(report);
    process.stdout.write(`${describeReport(lines)}\n`);
    return outcomeOf('installed package', lines, failures);
  } finally {
    await removeFolder(folder);
  }
}

/** The package for this machine, freshly built; gives its path. */
async function makePackage(): Promise<string> {
  const target = `${process.platform}-${process.arch}`;
  const { name, version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as Record<string, string>;
  await run(process.execPath, ['scripts/package.mjs', '--target', target], { cwd: root, maxBuffer: 2 ** 26 });
  return path.join(root, 'build', `${name}-${version}-${target}.vsix`);
}

async function install(editor: InstalledEditor, vsix: string, extensions: string, home: string): Promise<void> {
  const server = path.join(editor.vscode, 'out', 'server-main.js');
  const folders = [`--extensions-dir=${extensions}`, `--server-data-dir=${path.join(home, 'server')}`];
  const env = { ...process.env, HOME: home, EXTENSIONS_GALLERY: '{}' };
  await run(editor.node, [server, '--accept-server-license-terms', ...folders, `--install-extension=${vsix}`], { env });
}
