import { z } from 'zod';
import { compressSettingsSchema } from './settings';
import { trainSettingsSchema } from './trainModel';

/** The format of a run's `settings.json` as a JSON Schema, for editors. */
export function settingsJsonSchema(): unknown {
  const settings = z.discriminatedUnion('kind', [compressSettingsSchema, trainSettingsSchema]);
  return z.toJSONSchema(settings, { io: 'input', target: 'draft-7' });
}
