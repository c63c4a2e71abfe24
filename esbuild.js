// Builds every output of the project: `node esbuild.js [--watch] [--production] [--tests]`.
const esbuild = require('esbuild');
const fs = require('node:fs');
const path = require('node:path');

const watch = process.argv.includes('--watch');
const production = process.argv.includes('--production');

/** Node outputs share everything but their entry. The runtime holds native code and the editor provides `vscode`. */
const nodeOptions = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  external: ['vscode', 'onnxruntime-node'],
  sourcemap: production ? false : 'linked',
  minify: production,
  logLevel: 'warning',
  outdir: 'dist',
  entryPoints: {
    engine: 'src/engine/main.ts',
    analysis: 'src/source/analyze.ts',
    workChild: 'src/engine/workChild.ts',
    cli: 'src/cli/main.ts',
    benchChild: 'src/hardware/benchChild.ts',
    benchTraining: 'bench/training.ts',
    benchHaloc: 'bench/haloc.ts',
    benchSearchCost: 'bench/searchCost.ts',
    benchInterference: 'bench/interference.ts',
  },
  entryNames: '[name]',
};

/**
 * The extension is split where it loads something late, so that the editor reads little to activate it. Only modules can be
 * split, and the editor's `require` wants the older form: each file is turned into that before it is written.
 */
const extensionOptions = {
  ...nodeOptions,
  format: 'esm',
  splitting: true,
  sourcemap: production ? false : 'inline',
  entryPoints: { extension: 'src/extension/extension.ts' },
  chunkNames: 'extension/[name]-[hash]',
  write: false,
  plugins: [{ name: 'require', setup: ({ onEnd }) => onEnd(writeForRequire) }],
};

/** Each module's import of the editor's API would become a copy of the whole of it, made on activation. */
const importOfApi = /\bimport\s*\*\s*as\s+([\w$]+)\s+from\s*"vscode";/g;

async function writeForRequire({ outputFiles = [] }) {
  for (const { path: file, text } of outputFiles) {
    const source = text.replace(importOfApi, 'const $1 = require("vscode");');
    const { code } = await esbuild.transform(source, {
      format: 'cjs',
      platform: 'node',
      target: extensionOptions.target,
      sourcemap: extensionOptions.sourcemap,
      minify: production,
      // `import()` becomes a late `require`.
      supported: { 'dynamic-import': false },
    });
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, code);
  }
}

/** Pages run in a webview: modules, so that parts which are needed late are loaded late. */
const pageOptions = {
  bundle: true,
  platform: 'browser',
  target: 'es2022',
  format: 'esm',
  splitting: true,
  jsx: 'automatic',
  jsxImportSource: 'preact',
  sourcemap: production ? false : 'linked',
  // Also for development: a page that weighs too much should be noticed early.
  minify: true,
  logLevel: 'warning',
  outdir: 'dist/webview',
  entryPoints: { model: 'webview/model/main.tsx' },
  entryNames: '[name]',
  chunkNames: '[name]-[hash]',
};

/** What runs the tests, and the suites that mocha loads in the editor's extension host and beside a browser. */
const testOptions = {
  ...nodeOptions,
  packages: 'external',
  sourcemap: 'inline',
  minify: false,
  outdir: 'out',
  entryPoints: {
    'harness/run': 'test/run.ts',
    'harness/code': 'test/editor/code.ts',
    'suites/index': 'test/editor/suites/index.ts',
    ...suites('test/editor/suites', 'suites'),
    ...suites('test/editor/guards', 'guards'),
    ...suites('test/ui', 'ui'),
  },
  entryNames: '[dir]/[name]',
};

function suites(folder, output) {
  const names = fs.readdirSync(folder).filter((name) => name.endsWith('.suite.ts'));
  return Object.fromEntries(names.map((name) => [`${output}/${name.slice(0, -3)}`, path.join(folder, name)]));
}

async function build(options) {
  if (options.write !== false) fs.rmSync(options.outdir, { recursive: true, force: true });
  const context = await esbuild.context(options);
  await context.rebuild();
  if (watch) await context.watch();
  else await context.dispose();
}

const analysis = path.join('dist', 'analysis.js');

/** As the extension does it. */
function readUsualModels({ analyzeInSteps, AnalysisMemory }) {
  const file = path.resolve('scripts', 'usualModels.py');
  const reader = { read: (name) => (name === file ? fs.readFileSync(file, 'utf8') : undefined) };
  let last;
  const steps = analyzeInSteps(file, reader, {}, new AnalysisMemory());
  do last = steps.next();
  while (!last.done);
  if (last.value.models.length !== 4) throw new Error(`${file} should give four models`);
}

async function main() {
  await build(nodeOptions);
  if (production) {
    const { compileEarly } = await import('./scripts/compileEarly.mjs');
    fs.writeFileSync(analysis, compileEarly(fs.readFileSync(analysis, 'utf8'), readUsualModels));
  }
  await build(extensionOptions);
  await build(pageOptions);
  if (process.argv.includes('--tests')) await build(testOptions);
}

main().catch((error) => {
  if (!error.errors) process.stderr.write(`${error.stack}\n`); // esbuild has told its own
  process.exit(1);
});
