import * as fs from 'node:fs';
import { z } from 'zod';
import type { Choice } from '../methods/shared/choice';
import type { MethodId } from '../methods/shared/site';
import { writeFileAtomic } from '../onnx/atomicFile';
import { searchKinds } from '../protocol/runs';
import { PlanError } from './errors';
import { resources, totalCosts, type Picks, type Space } from './space';

/** The format that `writePlan` writes; older ones are read as long as this file knows them. */
export const planVersion = 1;

const costs = z.strictObject({
  macs: z.number().nonnegative().describe('Multiply-accumulates of one forward pass at batch 1.'),
  params: z.number().nonnegative().describe('Parameters.'),
  bytes: z.number().nonnegative().describe('Bytes of weights.'),
  latencyMs: z.number().nonnegative().optional().describe('Milliseconds, as the latency table adds them up.'),
});

const siteChoice = z.strictObject({
  method: z
    .enum(['tucker', 'svd'])
    .describe('tucker for k x k convolutions, svd for 1x1 convolutions and linear layers.'),
  choice: z
    .union([
      z.literal('keep'),
      z.strictObject({ rank: z.int().positive().describe('Any rank from 1 to the full rank of the layer.') }),
    ])
    .describe('"keep" leaves the layer as it is; {"rank": 24} factors it at rank 24.'),
});

/** A plan: one choice per site, with what it was made for. Only `version`, `model` and `sites` are needed to apply it. */
export const planSchema = z.strictObject({
  version: z.literal(planVersion),
  model: z.strictObject({
    name: z.string().describe('File name of the model.'),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits')
      .describe('Digest of the model file.'),
  }),
  device: z.string().optional().describe('Key of the latency table that was used.'),
  budget: z
    .array(
      z.strictObject({
        resource: z.enum(resources),
        limit: z.number().positive().describe('Milliseconds, MACs, parameters or bytes of the whole model.'),
      }),
    )
    .default([]),
  search: z.enum([...searchKinds, 'manual']).default('manual'),
  seed: z.int().nonnegative().default(0),
  sites: z.record(z.string(), siteChoice).describe('Layers by name; a layer that is not listed is kept.'),
  totals: z
    .strictObject({ before: costs, after: costs })
    .optional()
    .describe('For the reader; worked out again when the plan is applied.'),
});

export type Plan = z.infer<typeof planSchema>;
export type PlanSite = Plan['sites'][string];

/** The plan's format as a JSON Schema, for editors. */
export function planJsonSchema(): unknown {
  // The draft that editors know in full.
  return z.toJSONSchema(planSchema, { io: 'input', target: 'draft-7' });
}

/** Everything about a plan that is not the picks. */
export type PlanHeader = Pick<Plan, 'model' | 'device' | 'budget' | 'search' | 'seed'>;

/** The plan that picks of a space make. */
export function planOf(header: PlanHeader, space: Space, picks: Picks): Plan {
  return {
    version: planVersion,
    ...header,
    sites: Object.fromEntries(
      space.sites.map((site, i) => [site.site, { method: site.method, choice: toFile(site.choices[picks[i]].choice) }]),
    ),
    totals: { before: space.dense, after: totalCosts(space, picks) },
  };
}

/** The choice that a plan makes for a layer; keep when the plan does not name the layer. */
export function choiceOf(plan: Plan, layer: string): Choice {
  const choice = Object.hasOwn(plan.sites, layer) ? plan.sites[layer].choice : 'keep';
  return choice === 'keep' ? { kind: 'keep' } : { kind: 'rank', rank: choice.rank };
}

function toFile(choice: Choice): PlanSite['choice'] {
  return choice.kind === 'keep' ? 'keep' : { rank: choice.rank };
}

/** What a plan is checked against: a site of the model, with the ranks it can take. */
export interface PlanTarget {
  readonly site: string;
  readonly method: MethodId;
  /** The rank at which the factors give the layer back exactly; larger ones are pointless. */
  readonly fullRank: number;
}

/**
 * Checks that every layer a plan names is a site of the model, acted on by the method that fits, at a rank that the layer
 * can take. Throws a PlanError that names the layer and says what is allowed.
 */
export function checkPlan(plan: Plan, targets: readonly PlanTarget[]): void {
  const byName = new Map(targets.map((target) => [target.site, target]));
  for (const [layer, { method, choice }] of Object.entries(plan.sites)) {
    const target = byName.get(layer);
    if (!target) {
      const near = nearest(layer, [...byName.keys()]);
      throw new PlanError(
        `The plan names a layer "${layer}" that the model does not have or that can't be compressed.`,
        near ? `Did you mean "${near}"?` : 'Inspect the model to see its layers and their status.',
        `sites.${layer}`,
      );
    }
    if (method !== target.method) {
      throw new PlanError(
        `Layer "${layer}" can't be compressed by ${method}.`,
        `Its method is ${target.method}.`,
        `sites.${layer}.method`,
      );
    }
    if (choice !== 'keep' && choice.rank > target.fullRank) {
      throw new PlanError(
        `Rank ${choice.rank} of layer "${layer}" is larger than the layer.`,
        `Ranks from 1 to ${target.fullRank} are allowed, or "keep".`,
        `sites.${layer}.choice.rank`,
      );
    }
  }
}

/** Reads the text of a plan. Throws a PlanError that names the field and says what is allowed. */
export function parsePlan(text: string): Plan {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new PlanError(
      `The plan is not valid JSON: ${(error as Error).message}.`,
      'Look for a missing comma, quote or bracket near that place.',
    );
  }
  const result = planSchema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const path = issue.path.map(String);
  const field = path.join('.') || 'the plan';
  const layer = path[0] === 'sites' && path.length > 1 ? ` of layer "${path[1]}"` : '';
  throw new PlanError(
    `The plan has an error at ${field}: ${issue.message}.`,
    allowed(path, layer),
    path.join('.') || undefined,
  );
}

/** What may stand at a place of a plan, in words. */
function allowed(path: readonly string[], layer: string): string {
  if (path[0] === 'sites') {
    if (path.includes('method')) return `The method${layer} is "tucker" or "svd".`;
    return `A choice${layer} is "keep" or {"rank": 24}, with a whole number from 1 up, beside its "method".`;
  }
  if (path[0] === 'version') return `This version reads plans of version ${planVersion}.`;
  if (path[0] === 'budget') return `A budget is {"resource": "${resources.join('" | "')}", "limit": 8.5}.`;
  if (path[0] === 'search') return `Searches are "${searchKinds.join('", "')}", and "manual" for a plan made by hand.`;
  return 'A plan holds "version", "model", "sites" and, optionally, "device", "budget", "search", "seed" and "totals".';
}

/** The text of a plan: two spaces, keys always in the same order, one line per layer. */
export function formatPlan(plan: Plan): string {
  const { version, model, device, budget, search, seed, sites, totals } = plan;
  const ordered = { version, model, ...(device !== undefined && { device }), budget, search, seed, sites, totals };
  return `${pretty(ordered, '')}\n`;
}

/** Lines up to this length are not broken. */
const lineLength = 110;

function pretty(value: unknown, indent: string): string {
  const flat = oneLine(value);
  if (typeof value !== 'object' || value === null || (indent.length > 2 && flat.length <= lineLength)) return flat;
  const inner = `${indent}  `;
  const list = Array.isArray(value);
  const parts = list
    ? value.map((item) => inner + pretty(item, inner))
    : entries(value).map(([key, item]) => `${inner}${JSON.stringify(key)}: ${pretty(item, inner)}`);
  if (parts.length === 0) return list ? '[]' : '{}';
  return list ? `[\n${parts.join(',\n')}\n${indent}]` : `{\n${parts.join(',\n')}\n${indent}}`;
}

function oneLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(oneLine).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const parts = entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${oneLine(item)}`);
  return parts.length ? `{ ${parts.join(', ')} }` : '{}';
}

function entries(value: object): [string, unknown][] {
  return Object.entries(value).filter(([, item]) => item !== undefined);
}

/** Reads a plan file. Throws a PlanError when it is absent or wrong. */
export function readPlan(path: string): Plan {
  let text: string;
  try {
    text = fs.readFileSync(path, 'utf8');
  } catch (error) {
    throw new PlanError(`The plan ${path} can't be read.`, `The system says: ${(error as Error).message}.`);
  }
  return parsePlan(text);
}

/** Writes a plan file at once: it is either the old or the new one, never half of it. */
export function writePlan(path: string, plan: Plan): void {
  writeFileAtomic(path, formatPlan(plan));
}

/** The name with the fewest edits to reach it, when that is at most a third of its letters. */
function nearest(name: string, names: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Infinity;
  for (const other of names) {
    const distance = edits(name, other);
    if (distance < least) [best, least] = [other, distance];
  }
  return best !== undefined && least <= Math.max(1, best.length / 3) ? best : undefined;
}

/** Levenshtein distance. */
function edits(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(next[j - 1] + 1, row[j] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length];
}
