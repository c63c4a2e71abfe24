import { pythonParser } from './python';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { networks } from '../testing/networks';
import { topLevelPieces } from './topLevel';

/** Starts of the top-level statements as a parser of the whole text finds them. */
function parsedStarts(text: string): number[] {
  const starts = new Set<number>();
  for (let node = pythonParser().parse(text).topNode.firstChild; node !== null; node = node.nextSibling)
    if (node.name !== 'Comment') starts.add(node.from);
  return [...starts];
}

const openString = 'r"\\"';
const statements = [
  'import torch',
  'from a.b import (\n    c,\nd,\n)',
  'x = [\n1, # ] not an end\n"]",\n]',
  'x = 1; y = 2',
  "'''Text with # and ( and\ndef no_function():\nin it.'''",
  "\"a # b\" + 'c\\' ('",
  'long = 1 + \\\n2',
  '@decorated(\n    1,\n)\n# between\n@again\ndef f(\n    a=(1, 2),\n) -> int:\n\n    # inside\n    return a\n# after',
  '@of_class\nclass C(A, B):\n    """Doc."""\n    x = 1\n\n\n    def f(self): pass',
  'async def g():\n    await x',
  'try:\n    import a\nexcept ImportError:\n    a = None\nelse:\n    b = 1\nfinally:\n    c = 2',
  'if x:\n    pass\nelif y:\n    pass\nelse:\n    pass',
  'for each in (1,\n2):\n\tprint(each)',
  '# a comment alone',
  openString,
  'f = {\n  "a": """x\n""",\n}',
];

describe('top-level statements', () => {
  it('begin where a parser of the whole text finds them', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...statements), { maxLength: 12 }),
        fc.constantFrom('\n', '\n\n\n', '\n   \n'),
        (parts, between) => {
          const lines = parts.join(between);
          // An open string ends elsewhere for the parser when a carriage return follows.
          const open = parts.includes(openString);
          for (const text of open ? [lines] : [lines, lines.replaceAll('\n', '\r\n')]) {
            const { pieces, closed } = topLevelPieces(text);
            expect(closed).toBe(true);
            expect(pieces.map(({ from }) => from)).toEqual(parsedStarts(text));
          }
        },
      ),
      { numRuns: 300, seed: 3 },
    );
    for (const text of Object.values(networks))
      expect(topLevelPieces(text).pieces.map(({ from }) => from)).toEqual(parsedStarts(text));
  });

  it.each(['\n import torch\nx = 1', '# header\n\timport torch\nx = 1', '\r\n \r\n  (1,\n2)\nx = 1'])(
    'begin with the first, though it is indented: %j',
    (text) => {
      const first = text.search(/import|\(/);
      expect(topLevelPieces(text).pieces.map(({ from }) => from)).toEqual([first, text.indexOf('x = 1')]);
    },
  );

  it('are known by name before they are parsed', () => {
    const { pieces } = topLevelPieces(statements.join('\n'));
    expect(pieces.flatMap(({ defines }) => (defines ? [`${defines.kind} ${defines.name}`] : []))).toEqual([
      'function f',
      'class C',
      'function g',
    ]);
  });

  it('are known by names in any script', () => {
    const { pieces } = topLevelPieces('class Größe:\n    pass\ndef 層():\n    pass\n');
    expect(pieces.map(({ defines }) => defines?.name)).toEqual(['Größe', '層']);
  });

  it('are not joined by a bracket too many before them', () => {
    const text = 'x = f(1))\ny = [\n1,\n2]\nz = 3\n';
    expect(topLevelPieces(text).pieces.map(({ from }) => text.slice(from, from + 1))).toEqual(['x', 'y', 'z']);
  });

  it('begin where a line looks like one when the text ends in a bracket', () => {
    const text = 'import torch\nx = f(1,\nnet = 3\n';
    const { pieces, closed } = topLevelPieces(text);
    expect([closed, pieces.map(({ from, to }) => text.slice(from, to))]).toEqual([
      false,
      ['import torch', 'x = f(1,', 'net = 3'],
    ]);
  });

  it.each([
    ['a bracket', 'def f(a,\n    b=nn.Conv2d(3,\n'],
    ['a string', 'x = """\n'],
    ['a decorator', '@wraps(\n'],
  ])('after one with %s open keep their beginnings', (_, broken) => {
    const rest = 'import torch\n\nclass Net(nn.Module):\n    pass\n\ndef build():\n    return Net()\n';
    const { pieces, closed } = topLevelPieces(broken + rest);
    expect(closed).toBe(false);
    const names = pieces.flatMap(({ defines }) => defines?.name ?? []);
    expect(names.slice(-2)).toEqual(['Net', 'build']);
  });
});
