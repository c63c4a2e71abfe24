// Collects the sentences of the extension and its pages into l10n/bundle.l10n.json: `node scripts/collectTexts.mjs`.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const call = /\bt\(\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")/g;
const texts = new Set();
for (const folder of ['src/extension', 'webview'].filter((name) => existsSync(name))) {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!/\.tsx?$/.test(name) || /\.test\.tsx?$/.test(name)) continue;
    for (const [, single, double] of readFileSync(join(folder, name), 'utf8').matchAll(call))
      texts.add((single ?? double).replace(/\\(.)/g, '$1'));
  }
}
const bundle = Object.fromEntries([...texts].sort().map((text) => [text, text]));
writeFileSync('l10n/bundle.l10n.json', `${JSON.stringify(bundle, null, 2)}\n`);
