import { describe, it } from 'vitest';
import { activationCases } from '../testing/cases/activation';

describe('gradients against difference quotients: activation', () => {
  it.each(activationCases)('$title', (gradient) => gradient.check());
});
