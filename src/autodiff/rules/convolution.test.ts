import { describe, it } from 'vitest';
import { convolutionCases } from '../testing/cases/convolution';

describe('gradients against difference quotients: convolution', () => {
  it.each(convolutionCases)('$title', (gradient) => gradient.check());
});
