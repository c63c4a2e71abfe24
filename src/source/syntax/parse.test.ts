import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { networks } from '../testing/networks';
import { Parser, type ParsedFile } from './parse';

/** Everything of a file: bodies are built when they are asked for, and the text of a chunk is told by its start. */
function builtOf(file: ParsedFile): unknown {
  const built = file.statements.map((one) => [one.chunk.start, one.chunk.text, one.defines, plain(one.statements)]);
  // Known only when all is parsed.
  return { built, incomplete: file.incomplete };
}

function plain(value: unknown): unknown {
  if (typeof value === 'function') return plain((value as () => unknown)());
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, key === 'chunk' ? '' : plain(inner)]));
}

describe('a file that is being typed', () => {
  it('is read as if it were read for the first time', () => {
    const typed = fc.constantFrom('x', ' ', '(', ')', '\n', '\n    ', '"', ', 3', '.conv', '# no', '');
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(networks)),
        fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(12), typed), {
          minLength: 1,
          maxLength: 4,
        }),
        (start, edits) => {
          const parser = new Parser();
          let text = start;
          builtOf(parser.parse('net.py', text));
          for (const [where, removed, added] of edits) {
            const at = Math.floor(where * text.length);
            text = text.slice(0, at) + added + text.slice(at + removed);
            expect(builtOf(parser.parse('net.py', text))).toEqual(builtOf(new Parser().parse('net.py', text)));
          }
        },
      ),
      { numRuns: 60, seed: 5 },
    );
  });
});
