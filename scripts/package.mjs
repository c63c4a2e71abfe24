// Makes one installable package (.vsix) per platform in build/, each with the native files of that platform only:
//
//   node scripts/package.mjs [--target linux-x64]... [--list]
//
// With --list it only says which files would be inside.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';

const root = join(import.meta.dirname, '..');

/** Files of the runtime for every platform, and for each its own: all others stay out of the package. */
const common = [
  /^onnxruntime-node\/package\.json$/,
  /^onnxruntime-node\/dist\/\w+\.js$/,
  /^onnxruntime-common\/package\.json$/,
  /^onnxruntime-common\/dist\/cjs\/([\w-]+\.js|package\.json)$/,
];
const natives = {
  'linux-x64': /^onnxruntime-node\/bin\/napi-v6\/linux\/x64\//,
  'linux-arm64': /^onnxruntime-node\/bin\/napi-v6\/linux\/arm64\//,
  'win32-x64': /^onnxruntime-node\/bin\/napi-v6\/win32\/x64\//,
  'win32-arm64': /^onnxruntime-node\/bin\/napi-v6\/win32\/arm64\//,
  // The runtime's package has its library for macOS twice; this is the name that is loaded.
  'darwin-arm64':
    /^onnxruntime-node\/bin\/napi-v6\/darwin\/arm64\/(onnxruntime_binding\.node|libonnxruntime\.1\.dylib)$/,
};

const packaged = join(root, 'dist', 'node_modules');

/** Puts the runtime for a platform beside the bundles, where they find it before any other. */
function placeRuntime(target) {
  rmSync(packaged, { recursive: true, force: true });
  const wanted = [...common, natives[target]];
  for (const name of ['onnxruntime-node', 'onnxruntime-common'])
    for (const entry of readdirSync(join(root, 'node_modules', name), { recursive: true })) {
      const file = `${name}/${entry.replaceAll('\\', '/')}`;
      if (!wanted.some((pattern) => pattern.test(file))) continue;
      mkdirSync(dirname(join(packaged, file)), { recursive: true });
      cpSync(join(root, 'node_modules', file), join(packaged, file));
    }
}

function vsce(...options) {
  const program = join(root, 'node_modules', '@vscode', 'vsce', 'vsce');
  execFileSync(process.execPath, [program, ...options, '--no-dependencies'], { cwd: root, stdio: 'inherit' });
}

function makePackage(target) {
  const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const file = join(root, 'build', `${name}-${version}-${target}.vsix`);
  mkdirSync(dirname(file), { recursive: true });
  const plain = ['--no-rewrite-relative-links', '--allow-missing-repository'];
  vsce('package', '--target', target, '--out', file, ...plain);
  process.stdout.write(`${target}: ${(statSync(file).size / 2 ** 20).toFixed(1)} MiB\n`);
}

const { values } = parseArgs({
  options: { target: { type: 'string', multiple: true }, list: { type: 'boolean' } },
});
const targets = values.target ?? Object.keys(natives);
const unknown = targets.filter((target) => !(target in natives));
if (unknown.length > 0) {
  process.stderr.write(`No such target: ${unknown.join(', ')}. Targets: ${Object.keys(natives).join(', ')}\n`);
  process.exit(1);
}
if (!values.list) execFileSync(process.execPath, ['esbuild.js', '--production'], { cwd: root, stdio: 'inherit' });
try {
  for (const target of targets) {
    placeRuntime(target);
    if (values.list) vsce('ls');
    else makePackage(target);
  }
} finally {
  rmSync(packaged, { recursive: true, force: true });
}
