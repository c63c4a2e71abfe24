import { describe, expect, it } from 'vitest';
import { budgetProblem, formatAmount, parseBudget, resolveBudget, totalCost } from './budget';
import { BudgetError, InfeasibleBudgetError } from './errors';
import { planted } from './testing/spaces';
import { totalCosts } from './space';

describe('parseBudget', () => {
  it.each([
    ['latency', '0.6x', { ratio: 0.6 }],
    ['latency', '60%', { ratio: 0.6 }],
    ['latency', '8ms', { limit: 8 }],
    ['latency', '.5 s', { limit: 500 }],
    ['latency', '250us', { limit: 0.25 }],
    ['macs', '12M', { limit: 12e6 }],
    ['macs', '0.28x', { ratio: 0.28 }],
    ['params', '74000', { limit: 74000 }],
    ['bytes', '300kB', { limit: 300e3 }],
    ['bytes', '1MiB', { limit: 1048576 }],
  ] as const)('reads a %s budget of %s', (resource, text, expected) => {
    expect(parseBudget(resource, text)).toEqual({ resource, ...expected });
  });

  it.each([
    ['latency', '8', 'has no unit'],
    ['latency', '8MB', 'unknown unit'],
    ['latency', '1.5x', 'more than the model costs'],
    ['macs', '0.28', 'less than one'],
    ['macs', '0x', 'leaves nothing'],
    ['params', 'half', 'is not a params budget'],
    ['bytes', '-3kB', 'is not a bytes budget'],
  ] as const)('refuses a %s budget of %s in words, with an example', (resource, text, problem) => {
    try {
      parseBudget(resource, text);
      expect.unreachable();
    } catch (error) {
      expect(BudgetError.is(error)).toBe(true);
      expect((error as BudgetError).message).toContain(problem);
      expect((error as BudgetError).hint).toMatch(/^Write it like /);
    }
  });
});

describe('resolveBudget and budgetProblem', () => {
  it('take a share of what the model costs, and add up to the model when everything is kept', () => {
    const { space } = planted({
      constant: 100,
      sites: [
        [1, 2, 7],
        [3, 9],
      ],
    });
    const budget = resolveBudget(parseBudget('macs', '50%'), space.dense);
    expect(budget).toEqual({ resource: 'macs', limit: 58 });
    const problem = budgetProblem(space, { resource: 'macs', limit: 110 });
    expect(problem.constant).toBe(100);
    expect(totalCost(problem, [2, 1])).toBe(space.dense.macs);
    for (const picks of [
      [0, 0],
      [1, 1],
      [2, 0],
    ])
      expect(totalCost(problem, picks)).toBe(totalCosts(space, picks).macs);
  });

  it('say the least reachable amount of a budget that is too small', () => {
    const { space } = planted({
      constant: 100,
      sites: [
        [1, 2, 7],
        [3, 9],
      ],
    });
    try {
      budgetProblem(space, { resource: 'macs', limit: 103.9 });
      expect.unreachable();
    } catch (error) {
      expect(InfeasibleBudgetError.is(error)).toBe(true);
      expect((error as InfeasibleBudgetError).least).toBe(104);
      expect((error as Error).message).toContain('104 MACs');
      expect((error as InfeasibleBudgetError).reachable).toBe('104');
    }
  });

  it('ask for a latency table when a latency budget has none', () => {
    const { space } = planted({ constant: 1, sites: [[1, 2]] });
    expect(() => resolveBudget(parseBudget('latency', '0.5x'), space.dense)).toThrow(BudgetError);
  });
});

describe('formatAmount', () => {
  it('uses the units of people', () => {
    expect(formatAmount('latency', 8)).toBe('8.00 ms');
    expect(formatAmount('latency', 0.25)).toBe('0.250 ms');
    expect(formatAmount('macs', 11.27e6)).toBe('11.27 M MACs');
    expect(formatAmount('params', 812)).toBe('812 parameters');
    expect(formatAmount('bytes', 74_100)).toBe('74.10 kB');
  });
});
