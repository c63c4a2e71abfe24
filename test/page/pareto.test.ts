import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { paretoFront, type ParetoPoint } from '../../webview/model/result/pareto';

const points = fc.array(
  fc.record({ latencyMs: fc.nat(20), value: fc.nat(20), name: fc.constant('run'), accepted: fc.constant(true) }),
);

const beats = (a: ParetoPoint, b: ParetoPoint, sign: number): boolean =>
  a.latencyMs <= b.latencyMs &&
  sign * a.value >= sign * b.value &&
  (a.latencyMs < b.latencyMs || sign * a.value > sign * b.value);

describe('the Pareto front', () => {
  it.each(['higher', 'lower'] as const)('holds just the points that no other beats (%s is better)', (better) => {
    const sign = better === 'higher' ? 1 : -1;
    fc.assert(
      fc.property(points, (all) => {
        const front = paretoFront(all, better);
        for (const point of front) expect(all.some((other) => beats(other, point, sign))).toBe(false);
        for (const point of all) {
          const covered = front.some(
            ({ latencyMs, value }) => latencyMs <= point.latencyMs && sign * value >= sign * point.value,
          );
          expect(covered).toBe(true);
        }
      }),
    );
  });
});
