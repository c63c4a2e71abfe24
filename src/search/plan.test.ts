import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import { PlanError } from './errors';
import {
  checkPlan,
  choiceOf,
  formatPlan,
  parsePlan,
  planJsonSchema,
  planOf,
  readPlan,
  writePlan,
  type Plan,
} from './plan';
import { planted } from './testing/spaces';

const { space } = planted({
  constant: 5,
  sites: [
    [1, 2, 7],
    [3, 9],
  ],
  step: 8,
});
const header = {
  model: { name: 'net.onnx', sha256: 'a'.repeat(64) },
  budget: [{ resource: 'macs' as const, limit: 12 }],
  search: 'knapsack' as const,
  seed: 3,
};
const plan = planOf(header, space, [1, 1]);

function failure(text: string): PlanError {
  try {
    parsePlan(text);
  } catch (error) {
    if (PlanError.is(error)) return error;
    throw error;
  }
  throw new Error('The plan was accepted.');
}

/** The plan's text after an edit by hand; the edit must hit something. */
function edited(from: string, to: string): string {
  const text = formatPlan(plan);
  expect(text).toContain(from);
  return text.replace(from, to);
}

describe('a plan', () => {
  it('says what was chosen and what it comes to', () => {
    expect(choiceOf(plan, 'layer0')).toEqual({ kind: 'rank', rank: 16 });
    expect(choiceOf(plan, 'layer1')).toEqual({ kind: 'keep' });
    expect(choiceOf(plan, 'toString')).toEqual({ kind: 'keep' });
    expect(plan.totals?.before.macs).toBe(21);
    expect(plan.totals?.after.macs).toBe(16);
  });

  it('comes back from its text and from a file', () => {
    expect(parsePlan(formatPlan(plan))).toEqual(plan);
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'plan-'));
    try {
      const file = path.join(folder, 'plan.json');
      writePlan(file, plan);
      expect(readPlan(file)).toEqual(plan);
      expect(fs.readdirSync(folder)).toEqual(['plan.json']);
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });

  it('is written alike whatever the order of its keys, one layer a line', () => {
    const shuffled = Object.fromEntries(Object.entries(plan).reverse()) as Plan;
    expect(formatPlan(shuffled)).toBe(formatPlan(plan));
    expect(formatPlan(plan)).toContain('\n    "layer0": { "method": "svd", "choice": { "rank": 16 } },\n');
    expect(formatPlan(plan)).toContain('\n    "layer1": { "method": "svd", "choice": "keep" }\n');
  });

  it('needs no more than version, model and sites when written by hand', () => {
    const short = parsePlan(JSON.stringify({ version: 1, model: plan.model, sites: {} }));
    expect(short).toMatchObject({ budget: [], search: 'manual', seed: 0 });
  });

  it('has a JSON schema', () => {
    expect(planJsonSchema()).toMatchObject({ type: 'object', required: ['version', 'model', 'sites'] });
  });
});

describe('an edited plan', () => {
  it.each([
    ['"rank": 16', '"rank": 16.5', 'layer0'],
    ['"rank": 16', '"rank": 0', 'layer0'],
    ['"rank": 16', '"rnak": 16', 'layer0'],
    ['"choice": "keep"', '"choice": "leave"', 'layer1'],
  ])('with %s turned into %s is refused, the layer named and the choices told', (from, to, layer) => {
    const error = failure(edited(from, to));
    expect(error.field).toContain(`sites.${layer}.choice`);
    expect(error.hint).toContain(`"${layer}"`);
    expect(error.hint).toContain('"keep" or {"rank": 24}');
  });

  it('with an unknown method, version, search or key is refused', () => {
    expect(failure(edited('"svd"', '"cp"')).hint).toContain('"tucker" or "svd"');
    expect(failure(edited('"version": 1', '"version": 2')).hint).toContain('version 1');
    expect(failure(edited('"knapsack"', '"magic"')).hint).toContain('"haloc"');
    expect(failure(edited('"seed"', '"sede"')).message).toContain('sede');
  });

  it('that is no JSON any more is refused with the place', () => {
    expect(failure(edited(' },\n    "layer1"', ' }\n    "layer1"')).message).toMatch(/not valid JSON/);
  });

  it('is checked against the model: layer, method and rank', () => {
    const targets = [
      { site: 'layer0', method: 'svd', fullRank: 16 },
      { site: 'layer1', method: 'svd', fullRank: 24 },
    ] as const;
    expect(() => checkPlan(plan, targets)).not.toThrow();
    const check = (text: string): PlanError => {
      try {
        checkPlan(parsePlan(text), targets);
      } catch (error) {
        if (PlanError.is(error)) return error;
      }
      throw new Error('The plan was accepted.');
    };
    expect(check(edited('"rank": 16', '"rank": 17')).hint).toContain('1 to 16');
    expect(check(edited('"layer0"', '"layr0"')).hint).toBe('Did you mean "layer0"?');
    expect(check(edited('"layer0": { "method": "svd"', '"layer0": { "method": "tucker"')).hint).toContain('svd');
  });

  it('that is absent is told as such', () => {
    expect(() => readPlan('/nonexistent/plan.json')).toThrow(PlanError);
  });
});
