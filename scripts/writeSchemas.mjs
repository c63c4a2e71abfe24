// Writes the JSON Schemas that editors check files by: `node scripts/writeSchemas.mjs`.
import { buildSync } from 'esbuild';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'layerwise-schemas-'));
const outfile = join(folder, 'plan.cjs');
try {
  buildSync({
    entryPoints: ['src/search/plan.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    external: ['onnxruntime-node'],
  });
  const { planJsonSchema } = createRequire(import.meta.url)(outfile);
  writeFileSync('media/schemas/plan.schema.json', `${JSON.stringify(planJsonSchema(), null, 2)}\n`);
} finally {
  rmSync(folder, { recursive: true });
}
