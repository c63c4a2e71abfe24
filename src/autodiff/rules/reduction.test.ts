import { describe, it } from 'vitest';
import { reductionCases } from '../testing/cases/reduction';

describe('gradients against difference quotients: reduction', () => {
  it.each(reductionCases)('$title', (gradient) => gradient.check());
});
