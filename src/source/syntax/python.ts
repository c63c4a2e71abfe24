import type * as python from '@lezer/python';

/** The parser that reads what is half-typed or rare. Its tables are unpacked when it is first needed, which is seldom. */
export function pythonParser(): typeof python.parser {
  // Not `import`, which would unpack them at once.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return (require('@lezer/python') as typeof python).parser;
}
