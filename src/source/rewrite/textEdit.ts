/** One replacement in a file's text: pure data. Offsets count UTF-16 units in the text before any edit. */
export interface TextEdit {
  readonly from: number;
  readonly to: number;
  readonly insert: string;
}

/** The text with all edits made. Throws a RangeError when two overlap. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  let result = '';
  let at = 0;
  for (const { from, to, insert } of ordered(edits)) {
    if (from < at || to > text.length) throw new RangeError('Edits overlap or lie outside the text.');
    result += text.slice(at, from) + insert;
    at = to;
  }
  return result + text.slice(at);
}

/** The edits by position; those at one place keep their order. */
export function ordered(edits: readonly TextEdit[]): TextEdit[] {
  return [...edits].sort((a, b) => a.from - b.from || a.to - b.to);
}
