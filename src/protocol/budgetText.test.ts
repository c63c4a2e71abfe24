import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBudgetText, writeBudgetText } from './budgetText';

describe('a budget that is proposed', () => {
  it('is read as an amount that is enough and hardly more', () => {
    const resources = fc.constantFrom('latency' as const, 'macs' as const, 'params' as const, 'bytes' as const);
    fc.assert(
      fc.property(resources, fc.double({ min: 1, max: 1e13, noNaN: true }), (resource, amount) => {
        const read = readBudgetText(resource, writeBudgetText(resource, amount));
        expect(read).toHaveProperty('limit');
        const { limit } = read as { limit: number };
        expect(limit).toBeGreaterThanOrEqual(amount);
        expect(limit - amount).toBeLessThanOrEqual(Math.max(1, 0.0101 * amount));
      }),
    );
  });

  it('is short', () => {
    expect(writeBudgetText('latency', 0.45234)).toBe('0.453ms');
    expect(writeBudgetText('macs', 1_514_000)).toBe('1.52M');
    expect(writeBudgetText('params', 812)).toBe('812');
    expect(writeBudgetText('bytes', 74_100)).toBe('74.1kB');
  });
});
