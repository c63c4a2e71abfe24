import { describe, it } from 'vitest';
import { indexingCases } from '../testing/cases/indexing';

describe('gradients against difference quotients: indexing', () => {
  it.each(indexingCases)('$title', (gradient) => gradient.check());
});
