import { unzipSync } from 'fflate';
import * as assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { describe, it } from 'mocha';
import { root } from '../editor/harness/paths';
import { uiSettings } from './support/settings';

/** Seven megabytes of images for the sample come on top of the runtime's 17; a second library would be noticed. */
const limitBytes = 30 * 2 ** 20;

/** What the editor reads to activate the extension: engine client, parser and pages are in files that are loaded later. */
const activationLimitBytes = 100_000;

const native = /\.(node|so(\.\d+)*|dylib|dll)$/;

/** Everything that may be in a package, besides the native files. */
const expected = [
  /^(package(\.nls(\.[\w-]+)?)?\.json|readme\.md|changelog\.md|license(\.txt)?)$/i,
  /^dist\/(extension|analysis|engine|workChild|benchChild|cli)\.js$/,
  /^dist\/extension\/[\w-]+\.js$/,
  /^dist\/webview\/[\w-]+\.(js|css|ttf)$/,
  /^(media|l10n)\/[\w./-]+$/,
  /^dist\/node_modules\/onnxruntime-(node|common)\/(package\.json|dist\/([\w-]+\/)*[\w-]+\.js(on)?)$/,
];

describe('the package', () => {
  it('for this machine is small and holds what it should', () => {
    const { vsix } = uiSettings();
    assert.ok(statSync(vsix).size < limitBytes, `${statSync(vsix).size} bytes`);
    const names: string[] = [];
    unzipSync(readFileSync(vsix), { filter: ({ name }) => names.push(name) === 0 });
    const inside = names.filter((name) => name.startsWith('extension/')).map((name) => name.slice('extension/'.length));
    const [main] = Object.values(
      unzipSync(readFileSync(vsix), { filter: ({ name }) => name === 'extension/dist/extension.js' }),
    );
    assert.ok(main.length < activationLimitBytes, `${main.length} bytes are loaded on activation`);
    assertContents(inside, `${process.platform}/${process.arch}`, 2);
  });

  for (const [target, natives] of [
    ['linux-arm64', 2],
    ['win32-x64', 5],
    ['win32-arm64', 5],
    ['darwin-arm64', 2],
  ] as const)
    it(`for ${target} holds the native files of that platform only`, () => {
      const list = execFileSync(process.execPath, ['scripts/package.mjs', '--list', '--target', target], { cwd: root });
      assertContents(list.toString().trim().split('\n'), target.replace('-', '/'), natives);
    });
});

function assertContents(files: readonly string[], platform: string, natives: number): void {
  const [binaries, others] = [files.filter((file) => native.test(file)), files.filter((file) => !native.test(file))];
  const elsewhere = binaries.filter((file) => !file.includes(`/napi-v6/${platform}/`));
  assert.deepEqual(elsewhere, [], 'native files of other platforms');
  assert.equal(binaries.length, natives, binaries.join());
  const unexpected = others.filter((file) => !expected.some((pattern) => pattern.test(file)));
  assert.deepEqual(unexpected, [], 'files that do not belong in a package');
  for (const needed of ['package.json', 'dist/extension.js', 'dist/analysis.js', 'dist/engine.js', 'media/sample.onnx'])
    assert.ok(files.includes(needed), `${needed} is missing`);
}
