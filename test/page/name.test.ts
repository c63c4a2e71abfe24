import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { elided } from '../../webview/ui/Name';

describe('a name that is cut', () => {
  it('fits, and keeps its beginning and its end', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 80 }).filter((name) => !name.includes('\u2026')),
        fc.integer({ min: 3, max: 60 }),
        (name, letters) => {
          const shown = elided(name, letters);
          fc.pre(name.length > letters);
          const [start, end] = shown.split('\u2026');
          expect(shown.length).toBe(letters);
          expect(name.startsWith(start) && name.endsWith(end)).toBe(true);
          expect(end.length - start.length).toBeLessThanOrEqual(1);
        },
      ),
    );
  });
});
