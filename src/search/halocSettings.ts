import { z } from 'zod';
import { SettingError } from './errors';

/** Settings of the differentiable search; every one has a default and a sentence for the settings file. */
export const halocSettingsSchema = z.strictObject({
  start: z
    .enum(['knapsack', 'equal'])
    .default('knapsack')
    .describe('Start the logits from the exact knapsack on separable errors, or equal as in the published method.'),
  sharpness: z
    .number()
    .positive()
    .default(1.5)
    .describe('Logit distance, at a warm start, between the best choice of a site and the mean of the next three.'),
  budgetTerm: z
    .enum(['dual', 'factor'])
    .default('dual')
    .describe(
      'Hold the budget by dual ascent on the expected cost, or by the factor (cost / budget)^hardness of the published method.',
    ),
  dualStart: z
    .number()
    .nonnegative()
    .default(0.25)
    .describe(
      'Price of the budget at the start of dual ascent, as a share of what the knapsack says it is worth: a network that is trained under its cuts feels them less.',
    ),
  dualRate: z
    .number()
    .positive()
    .default(0.1)
    .describe('Rise of the price per logit step and per budget exceeded once over, as a share of the same.'),
  dualDamping: z
    .number()
    .nonnegative()
    .default(10)
    .describe(
      'Curvature of the penalty around a single budget, as a multiple of the same: the expected cost is held at the budget instead of swinging around it; 0 leaves it out.',
    ),
  hardness: z
    .tuple([z.number().positive(), z.number().positive()])
    .default([1.5, 6])
    .describe('Exponent of the budget factor at the start and at the end; only used by budgetTerm "factor".'),
  temperature: z
    .tuple([z.number().positive(), z.number().positive()])
    .default([1, 1])
    .describe('Temperature of the Gumbel softmax at the start and at the end (geometric in between).'),
  exploration: z
    .tuple([z.number().nonnegative(), z.number().nonnegative()])
    .default([1, 0])
    .describe(
      'Scale of the Gumbel noise at the start and at the end (linear in between); at 0 every site takes its likeliest choice.',
    ),
  hard: z
    .boolean()
    .default(true)
    .describe('Run each step on one sampled choice per site (straight-through gradient) instead of the mixture.'),
  epochs: z.int().positive().default(3).describe('Passes over the training data of the search.'),
  weightSteps: z.int().nonnegative().default(3).describe('Weight steps in each turn.'),
  logitSteps: z.int().positive().default(1).describe('Logit steps in each turn.'),
  rounds: z
    .int()
    .nonnegative()
    .default(0)
    .describe(
      'Times, evenly spread over the search, at which the rises of the loss are measured again around the present plan, on the network as it is trained by then, and the logits start anew from them.',
    ),
  roundBatches: z.int().positive().default(2).describe('Batches on which the rises of a round are measured.'),
  weightOptimizer: z
    .enum(['sgd', 'adamW'])
    .default('sgd')
    .describe('Optimiser of the weight steps: AdamW where the scale of the loss does not suit a fixed rate of SGD.'),
  weightRate: z.number().positive().default(0.01).describe('Learning rate of the weights, falling to 0 by a cosine.'),
  momentum: z
    .number()
    .min(0)
    .max(1)
    .default(0.9)
    .describe('Nesterov momentum of the weight steps; only used by weightOptimizer "sgd".'),
  weightDecay: z.number().nonnegative().default(1e-4).describe('Weight decay of the weight steps.'),
  logitRate: z.number().positive().default(0.03).describe('Learning rate of the logits (Adam).'),
  logitDecay: z.number().nonnegative().default(0).describe('Decoupled weight decay of the logits.'),
  featureWeight: z
    .number()
    .nonnegative()
    .default(2)
    .describe(
      'Weight of the distance between the feature maps of the searched and the untouched model; 0 leaves it out.',
    ),
  featureMaps: z
    .int()
    .positive()
    .default(3)
    .describe('Most feature maps that are compared, evenly spread over the network, the last among them.'),
  featureShare: z
    .number()
    .positive()
    .max(1)
    .default(0.25)
    .describe(
      'Share of the samples of a step on which they are compared: the untouched network costs time and memory, too.',
    ),
  errors: z
    .enum(['loss', 'energy'])
    .default('loss')
    .describe(
      'Separable errors, on which the knapsack and the warm start rest: the measured rise of the loss, or the energy lost from the weights.',
    ),
});

export type HalocSettings = z.infer<typeof halocSettingsSchema>;

/** Settings as published, as far as they are known: equal logits, a soft budget factor, temperature 5 to 0.1. */
export const publishedHalocSettings: Partial<HalocSettings> = {
  start: 'equal',
  budgetTerm: 'factor',
  temperature: [5, 0.1],
  exploration: [1, 1],
  hard: false,
  logitRate: 0.01,
  logitDecay: 5e-4,
  featureWeight: 0.5,
  featureMaps: 1000,
  featureShare: 1,
};

/** Some of the settings, as a run keeps them: only what was given, so that defaults stay defaults. */
export const halocOverridesSchema = z.strictObject(
  Object.fromEntries(
    Object.entries(halocSettingsSchema.shape).map(([name, field]) => [name, field.unwrap().optional()]),
  ),
) as unknown as z.ZodType<Partial<HalocSettings>>;

/** Complete settings from those given. Throws a ZodError for values out of range. */
export function halocSettings(given: z.input<typeof halocSettingsSchema> = {}): HalocSettings {
  return halocSettingsSchema.parse(given);
}

/** A setting for people. */
export interface SettingText {
  readonly name: string;
  /** As it is written on a command line. */
  readonly fallback: string;
  readonly sentence: string;
}

/** All settings with their defaults, in the order of the schema. */
export function halocSettingTexts(): SettingText[] {
  const defaults = halocSettings();
  return Object.entries(halocSettingsSchema.shape).map(([name, field]) => ({
    name,
    fallback: String(defaults[name as keyof HalocSettings]),
    sentence: field.description ?? '',
  }));
}

/**
 * Reads settings from texts such as `featureWeight=0.5`, `temperature=5,0.1`, `start=equal`. Throws a
 * SettingError that shows what is understood.
 */
export function parseHalocSettings(texts: readonly string[]): Partial<HalocSettings> {
  const given: Record<string, unknown> = {};
  for (const text of texts) {
    const [, name, value] = /^(\w+)=(.+)$/.exec(text.trim()) ?? [];
    if (name === undefined || !(name in halocSettingsSchema.shape)) {
      throw new SettingError(
        `"${text}" sets nothing.`,
        `Write name=value; names are ${Object.keys(halocSettingsSchema.shape).join(', ')}.`,
      );
    }
    given[name] = valueOf(value);
  }
  const parsed = halocOverridesSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  const [{ path, message }] = parsed.error.issues;
  const name = String(path[0]);
  const known = halocSettingTexts().find((text) => text.name === name);
  throw new SettingError(
    `The setting ${name} can't be ${JSON.stringify(given[name])}: ${message}.`,
    `${known?.sentence ?? ''} The default is ${known?.fallback ?? 'none'}.`,
  );
}

function valueOf(text: string): unknown {
  if (text.includes(',')) return text.split(',').map(valueOf);
  if (text === 'true' || text === 'false') return text === 'true';
  const number = Number(text);
  return text.trim() === '' || Number.isNaN(number) ? text : number;
}
