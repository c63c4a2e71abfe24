import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ascend, expectedShare, startPrices } from './dualAscent';
import { SettingError } from './errors';
import { evenlySpread, featureWeightAt } from './featureValues';
import { gumbelNoise, softmax, surprise, temperatureAt } from './gumbel';
import { halocStart } from './halocStart';
import {
  halocOverridesSchema,
  halocSettings,
  halocSettingTexts,
  parseHalocSettings,
  publishedHalocSettings,
} from './halocSettings';
import { warmLogits } from './warmStart';

describe('gumbelNoise', () => {
  it('depends on the seed and the step alone, and makes argmax(logits + noise) follow softmax(logits)', () => {
    expect(gumbelNoise(1, 7, [3, 2])).toEqual(gumbelNoise(1, 7, [3, 2]));
    expect(gumbelNoise(1, 7, [3])).not.toEqual(gumbelNoise(1, 8, [3]));
    expect(gumbelNoise(1, 7, [3])).not.toEqual(gumbelNoise(2, 7, [3]));
    const [full] = gumbelNoise(1, 7, [3]);
    expect([...gumbelNoise(1, 7, [3], 0.5)[0].data]).toEqual([...full.data].map((value) => value / 2));
    expect([...gumbelNoise(1, 7, [3], 0)[0].data].every((value) => value === 0)).toBe(true);
    const logits = [0.5, -1, 1.2];
    const counts = [0, 0, 0];
    const draws = 20_000;
    for (let step = 0; step < draws; step++) {
      const [{ data }] = gumbelNoise(5, step, [3]);
      const noisy = logits.map((logit, a) => logit + data[a]);
      counts[noisy.indexOf(Math.max(...noisy))]++;
    }
    // Five standard errors of a share.
    for (const [a, p] of softmax(logits).entries()) {
      expect(Math.abs(counts[a] / draws - p)).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / draws));
    }
  });
});

describe('softmax and surprise', () => {
  it('agree, sum to one and stand large logits', () => {
    const logits = [1000, 998, -1000];
    const p = softmax(logits);
    expect(p.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
    expect(p[0] / p[1]).toBeCloseTo(Math.E ** 2, 9);
    expect(surprise(logits).map((value) => Math.exp(-value))).toEqual(p.map((value) => expect.closeTo(value, 12)));
  });
});

describe('temperatureAt', () => {
  it('falls geometrically between its ends', () => {
    expect(temperatureAt([5, 0.1], 0)).toBe(5);
    expect(temperatureAt([5, 0.1], 1)).toBeCloseTo(0.1, 12);
    expect(temperatureAt([5, 0.1], 0.5) ** 2).toBeCloseTo(0.5, 12);
    expect(temperatureAt([1, 1], 0.3)).toBe(1);
  });
});

describe('warmLogits', () => {
  const problem = { resource: 'macs' as const, limit: 10, constant: 0, costs: [[1, 2, 3, 4, 50]] };

  it('are largest at the priced best, and as sharp as asked', () => {
    const [logits] = warmLogits([[5, 2, 1.5, 1.4, 0]], problem, 0.5, 1.5);
    // Priced: 5.5, 3, 3, 3.4, 25; the best two tie.
    expect(logits.slice(1, 3)).toEqual([0, 0]);
    const near = [...logits].sort((a, b) => b - a).slice(1, 4);
    expect(near.reduce((a, b) => a + b) / 3).toBeCloseTo(-1.5, 4);
    expect(Math.min(...logits)).toBe(-6);
  });

  it('are finite where all choices are equally good', () => {
    expect(warmLogits([[0, 0, 0, 0, 0]], problem, 0, 1.5)).toEqual([[0, 0, 0, 0, 0]]);
  });
});

describe('halocStart', () => {
  it('starts from the knapsack and prices the budget at what the knapsack says it is worth', () => {
    const problem = {
      resource: 'macs' as const,
      limit: 3,
      constant: 0,
      costs: [
        [0, 1, 2],
        [0, 1, 2],
      ],
    };
    const errors = [
      [4, 1, 0],
      [9, 3, 0],
    ];
    const start = halocStart(errors, [problem], { start: 'knapsack', sharpness: 1.5 }, true);
    expect(start.knapsack).toEqual([1, 2]);
    expect(start.priceUnit).toBe(3); // multiplier 1, budget 3
    const equal = halocStart(errors, [problem], { start: 'equal', sharpness: 1.5 }, false);
    expect(equal.logits).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]);
    expect(equal.priceUnit).toBe(1);
  });
});

describe('dual ascent', () => {
  it('raises the price of an exceeded budget, lowers that of a slack one, never below zero', () => {
    const settings = { unit: 2, start: 1, rate: 0.1 };
    expect(startPrices(settings, 2)).toEqual([2, 2]);
    expect(ascend([2, 0.1], [1.5, 0.2], settings)).toEqual([expect.closeTo(2.1, 12), 0]);
  });

  it('measures the expected cost as a share of the budget', () => {
    const problem = { resource: 'macs' as const, limit: 10, constant: 1, costs: [[2, 6], [4]] };
    expect(expectedShare(problem, [[0.25, 0.75], [1]])).toBeCloseTo((1 + 5 + 4) / 10, 12);
  });
});

describe('evenlySpread', () => {
  it('takes the last of as many parts', () => {
    expect(evenlySpread([1, 2, 3, 4, 5, 6, 7, 8, 9], 3)).toEqual([3, 6, 9]);
    expect(evenlySpread([1, 2, 3, 4], 3)).toEqual([2, 3, 4]);
    expect(evenlySpread([1, 2], 3)).toEqual([1, 2]);
    expect(evenlySpread([], 3)).toEqual([]);
  });
});

describe('settings', () => {
  it('have a default for everything, and a form as published', () => {
    expect(halocSettings()).toMatchObject({ start: 'knapsack', weightSteps: 3, logitSteps: 1, temperature: [1, 1] });
    expect(halocSettings(publishedHalocSettings)).toMatchObject({ start: 'equal', temperature: [5, 0.1] });
    expect(() => halocSettings({ logitRate: -1 })).toThrow();
  });

  it('are read from texts and refused with what is understood', () => {
    expect(parseHalocSettings(['start=equal', 'temperature=5,0.1', 'hard=false', 'epochs=4'])).toEqual({
      start: 'equal',
      temperature: [5, 0.1],
      hard: false,
      epochs: 4,
    });
    expect(parseHalocSettings([])).toEqual({});
    for (const wrong of ['speed=1', 'hard', 'logitRate=-1', 'epochs=1.5', 'start=cold']) {
      expect(() => parseHalocSettings([wrong])).toThrow(SettingError);
    }
    expect(halocOverridesSchema.parse({ featureWeight: 0.5 })).toEqual({ featureWeight: 0.5 });
  });

  it('stand in docs/haloc.md, each with its default and sentence', () => {
    const page = readFileSync(new URL('../../docs/haloc.md', import.meta.url), 'utf8').replace(/\s+/g, ' ');
    for (const { name, fallback, sentence } of halocSettingTexts()) {
      expect(page).toContain(`| \`${name}\` | \`${fallback}\` | ${sentence} |`);
    }
  });

  it('let the feature-map term fade by a cosine, cumulatively, down to a hundredth', () => {
    const weights = [0, 1, 2, 3].map((epoch) => featureWeightAt(0.5, epoch, 4));
    expect(weights[0]).toBe(0.5);
    expect(weights[1]).toBeCloseTo(0.5 * Math.cos(Math.PI / 8), 12);
    expect(weights[2]).toBeCloseTo(weights[1] * Math.cos(Math.PI / 4), 12);
    expect(featureWeightAt(0.5, 4, 4)).toBe(0.01);
    expect(featureWeightAt(0, 2, 4)).toBe(0);
  });
});
