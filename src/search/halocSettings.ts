import { z } from 'zod';

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
  hardness: z
    .tuple([z.number().positive(), z.number().positive()])
    .default([1.5, 6])
    .describe('Exponent of the budget factor at the start and at the end; only used by budgetTerm "factor".'),
  temperature: z
    .tuple([z.number().positive(), z.number().positive()])
    .default([1, 1])
    .describe('Temperature of the Gumbel softmax at the start and at the end (geometric in between).'),
  hard: z
    .boolean()
    .default(true)
    .describe('Run each step on one sampled choice per site (straight-through gradient) instead of the mixture.'),
  epochs: z.int().positive().default(3).describe('Passes over the training data of the search.'),
  weightSteps: z.int().nonnegative().default(3).describe('Weight steps in each turn.'),
  logitSteps: z.int().positive().default(1).describe('Logit steps in each turn.'),
  weightRate: z.number().positive().default(0.01).describe('Learning rate of the weights, falling to 0 by a cosine.'),
  momentum: z.number().min(0).max(1).default(0.9).describe('Nesterov momentum of the weight steps.'),
  weightDecay: z.number().nonnegative().default(1e-4).describe('Weight decay of the weight steps.'),
  logitRate: z.number().positive().default(0.03).describe('Learning rate of the logits (Adam).'),
  logitDecay: z.number().nonnegative().default(0).describe('Decoupled weight decay of the logits.'),
  featureWeight: z
    .number()
    .nonnegative()
    .default(0)
    .describe(
      'Weight of the distance between the feature maps of the searched and the untouched model; 0 leaves it out.',
    ),
  errors: z
    .enum(['loss', 'energy'])
    .default('loss')
    .describe(
      'Separable errors of the warm start: the measured rise of the loss, or the energy lost from the weights.',
    ),
});

export type HalocSettings = z.infer<typeof halocSettingsSchema>;

/** Settings as published, as far as they are known: equal logits, a soft budget factor, temperature 5 to 0.1. */
export const publishedHalocSettings: Partial<HalocSettings> = {
  start: 'equal',
  budgetTerm: 'factor',
  temperature: [5, 0.1],
  hard: false,
  logitRate: 0.01,
  logitDecay: 5e-4,
  featureWeight: 0.5,
};

/** Complete settings from those given. Throws a ZodError for values out of range. */
export function halocSettings(given: z.input<typeof halocSettingsSchema> = {}): HalocSettings {
  return halocSettingsSchema.parse(given);
}
