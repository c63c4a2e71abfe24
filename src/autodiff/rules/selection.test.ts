import { describe, it } from 'vitest';
import { selectionCases } from '../testing/cases/selection';

describe('gradients against difference quotients: selection', () => {
  it.each(selectionCases)('$title', (gradient) => gradient.check());
});
