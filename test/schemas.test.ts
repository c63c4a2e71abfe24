import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { settingsJsonSchema } from '../src/runs/settingsSchema';
import { planJsonSchema } from '../src/search/plan';

const folder = join(import.meta.dirname, '..', 'media', 'schemas');

/** The files that editors read are written anew with: npx vitest run test/schemas.test.ts -u */
describe('the JSON schemas for editors', () => {
  it.each([
    ['plan', planJsonSchema],
    ['settings', settingsJsonSchema],
  ])('%s.schema.json says what the program accepts', async (name, schema) => {
    const text = `${JSON.stringify(schema(), null, 2)}\n`;
    await expect(text).toMatchFileSnapshot(join(folder, `${name}.schema.json`));
  });
});
