// Draws media/icon.png, the icon of the extension in lists and galleries, from the lines of media/icon.svg:
//
//   node scripts/makeIcon.mjs [path of Chromium]
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const media = join(import.meta.dirname, '..', 'media');
const side = 128;
const lines = readFileSync(join(media, 'icon.svg'), 'utf8');
const page = `<style>
  body { margin: 0; width: ${side}px; height: ${side}px; display: grid; place-items: center; color: #fff;
         border-radius: 24px; background: linear-gradient(160deg, #23465f, #0f766e); }
  svg { width: 96px; height: 96px; }
  path:nth-of-type(1) { fill: #5eead4; stroke: #5eead4; }
  path:nth-of-type(2) { stroke: #ffffff; }
  path:nth-of-type(3) { stroke: #ffffff; opacity: .6; }
</style>${lines}`;

const browser = await chromium.launch({
  executablePath: process.argv[2] ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
const tab = await browser.newPage({ viewport: { width: side, height: side } });
await tab.setContent(page);
await tab.screenshot({ path: join(media, 'icon.png'), omitBackground: true });
await browser.close();
