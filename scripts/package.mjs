// Makes one installable package (.vsix) per platform in build/, each with the native files of that platform only:
//
//   node scripts/package.mjs [--target linux-x64]... [--list]
//
// With --list it only says which files of the built project would be inside.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const root = join(import.meta.dirname, '..');
const binaries = 'node_modules/onnxruntime-node/bin/napi-v6';

/** What each platform loads. The package of the runtime holds a second copy of the library for macOS: it stays out. */
const targets = {
  'linux-x64': ['linux/x64/*'],
  'linux-arm64': ['linux/arm64/*'],
  'win32-x64': ['win32/x64/*'],
  'win32-arm64': ['win32/arm64/*'],
  'darwin-arm64': ['darwin/arm64/onnxruntime_binding.node', 'darwin/arm64/libonnxruntime.1.dylib'],
};

const vsce = join(root, 'node_modules', '@vscode', 'vsce', 'vsce');

/** Runs vsce with an ignore file that lets the native files of one target in. */
function runVsce(target, ...options) {
  mkdirSync(join(root, 'build'), { recursive: true });
  const ignoreFile = join(root, 'build', `${target}.vscodeignore`);
  const natives = targets[target].map((path) => `!${binaries}/${path}`);
  writeFileSync(ignoreFile, [readFileSync(join(root, '.vscodeignore'), 'utf8'), ...natives].join('\n'));
  try {
    execFileSync(process.execPath, [vsce, ...options, '--ignoreFile', ignoreFile], { cwd: root, stdio: 'inherit' });
  } finally {
    rmSync(ignoreFile);
  }
}

/** Packages the extension for one target; vsce builds it first by the script `vscode:prepublish`. */
function makePackage(target) {
  const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const file = join(root, 'build', `${name}-${version}-${target}.vsix`);
  const plain = ['--no-rewrite-relative-links', '--allow-missing-repository'];
  runVsce(target, 'package', '--target', target, '--out', file, ...plain);
  process.stdout.write(`${target}: ${(statSync(file).size / 2 ** 20).toFixed(1)} MiB\n`);
}

const { values } = parseArgs({
  options: { target: { type: 'string', multiple: true }, list: { type: 'boolean' } },
});
const chosen = values.target ?? Object.keys(targets);
const unknown = chosen.filter((target) => !(target in targets));
if (unknown.length > 0) {
  process.stderr.write(`No such target: ${unknown.join(', ')}. Targets: ${Object.keys(targets).join(', ')}\n`);
  process.exit(1);
}
for (const target of chosen) {
  if (values.list) runVsce(target, 'ls');
  else makePackage(target);
}
