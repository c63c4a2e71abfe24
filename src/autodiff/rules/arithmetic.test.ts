import { describe, it } from 'vitest';
import { arithmeticCases } from '../testing/cases/arithmetic';

describe('gradients against difference quotients: arithmetic', () => {
  it.each(arithmeticCases)('$title', (gradient) => gradient.check());
});
