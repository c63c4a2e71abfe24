// Builds every output of the project: `node esbuild.js [--watch] [--production]`.
const esbuild = require('esbuild');
const fs = require('node:fs');

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
    extension: 'src/extension/extension.ts',
    engine: 'src/engine/main.ts',
    cli: 'src/cli/main.ts',
    benchChild: 'src/hardware/benchChild.ts',
    benchTraining: 'bench/training.ts',
    benchHaloc: 'bench/haloc.ts',
    benchSearchCost: 'bench/searchCost.ts',
    benchInterference: 'bench/interference.ts',
  },
  entryNames: '[name]',
};

async function main() {
  fs.rmSync('dist', { recursive: true, force: true });
  const context = await esbuild.context(nodeOptions);
  await context.rebuild();
  if (watch) await context.watch();
  else await context.dispose();
}

main().catch(() => process.exit(1));
