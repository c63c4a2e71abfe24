import { describe, it } from 'vitest';
import { resizeCases } from '../testing/cases/resize';

describe('gradients against difference quotients: resize', () => {
  it.each(resizeCases)('$title', (gradient) => gradient.check());
});
