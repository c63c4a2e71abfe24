import { describe, it } from 'vitest';
import { poolingCases } from '../testing/cases/pooling';

describe('gradients against difference quotients: pooling', () => {
  it.each(poolingCases)('$title', (gradient) => gradient.check());
});
