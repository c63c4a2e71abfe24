import { describe, expect, it } from 'vitest';
import { standardRules } from './ruleTable';
import { allCases } from './testing/allCases';
import { passingCases } from './testing/cases/passing';

/** Operators whose gradient is no difference quotient. */
const withoutQuotient = [
  // Random by nature: two evaluations differ.
  'RandomNormal',
  'RandomNormalLike',
  'RandomUniform',
  'RandomUniformLike',
  'Bernoulli',
  'Multinomial',
  // Lies about its gradient on purpose; see stopGradient.test.ts.
  'layerwise:StopGradient',
];

describe('the rule table', () => {
  it('has a difference-quotient case for every operator', () => {
    const covered = new Set([...allCases.map(({ operator }) => operator), ...withoutQuotient]);
    expect([...standardRules.keys()].filter((operator) => !covered.has(operator))).toEqual([]);
  });

  it('lists no operator twice', () => {
    expect(standardRules.size).toBe(new Set(standardRules.keys()).size);
    for (const { operator } of allCases) expect(standardRules.has(operator), operator).toBe(true);
  });
});

describe('gradients against difference quotients: operators that pass none', () => {
  it.each(passingCases)('$title', (gradient) => gradient.check());
});
