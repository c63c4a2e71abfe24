import { describe, it } from 'vitest';
import { matmulCases } from '../testing/cases/matmul';

describe('gradients against difference quotients: matmul', () => {
  it.each(matmulCases)('$title', (gradient) => gradient.check());
});
