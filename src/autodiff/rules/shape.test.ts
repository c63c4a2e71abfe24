import { describe, it } from 'vitest';
import { shapeCases } from '../testing/cases/shape';

describe('gradients against difference quotients: shape', () => {
  it.each(shapeCases)('$title', (gradient) => gradient.check());
});
