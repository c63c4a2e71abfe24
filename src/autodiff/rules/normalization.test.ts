import { describe, it } from 'vitest';
import { normalizationCases } from '../testing/cases/normalization';

describe('gradients against difference quotients: normalization', () => {
  it.each(normalizationCases)('$title', (gradient) => gradient.check());
});
