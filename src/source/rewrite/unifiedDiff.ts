import { ordered, type TextEdit } from './textEdit';

/** Lines of context around a change, as `diff -u` shows them. */
const context = 3;

/** Lines of the old text that become others. */
interface Change {
  /** Index of the first line. */
  readonly start: number;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** What edits do to a text, as a unified diff that `patch` and `git apply` understand; empty when they change nothing. */
export function unifiedDiff(text: string, edits: readonly TextEdit[], oldPath: string, newPath = oldPath): string {
  const lines = splitLines(text);
  const changes = changesOf(text, lines, ordered(edits));
  if (changes.length === 0) return '';
  const hunks: string[] = [];
  let shift = 0;
  for (let first = 0; first < changes.length;) {
    let last = first;
    while (last + 1 < changes.length && changes[last + 1].start - endOf(changes[last]) <= 2 * context) last++;
    const group = changes.slice(first, last + 1);
    hunks.push(hunk(lines, group, shift));
    shift += group.reduce((sum, { before, after }) => sum + after.length - before.length, 0);
    first = last + 1;
  }
  return `--- ${oldPath}\n+++ ${newPath}\n${hunks.join('')}`;
}

const endOf = ({ start, before }: Change): number => start + before.length;

/** Lines with their ends. */
function splitLines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function changesOf(text: string, lines: readonly string[], edits: readonly TextEdit[]): Change[] {
  const starts: number[] = [];
  for (let at = 0, i = 0; i < lines.length; at += lines[i++].length) starts.push(at);
  const lineAt = (offset: number): number => {
    let line = lines.length;
    while (line > 0 && starts[line - 1] > offset) line--;
    return Math.max(0, line - 1);
  };
  const changes: Change[] = [];
  for (let i = 0; i < edits.length;) {
    const first = lineAt(edits[i].from);
    let last = lineAt(edits[i].to);
    const own = [edits[i++]];
    // Edits on one line, or on the next one, are one change.
    while (i < edits.length && lineAt(edits[i].from) <= last + 1) {
      last = Math.max(last, lineAt(edits[i].to));
      own.push(edits[i++]);
    }
    const from = starts[first] ?? 0;
    const to = last + 1 < lines.length ? starts[last + 1] : text.length;
    let after = '';
    let at = from;
    for (const edit of own) {
      after += text.slice(at, edit.from) + edit.insert;
      at = edit.to;
    }
    changes.push(...trimmed(first, lines.slice(first, last + 1), splitLines(after + text.slice(at, to))));
  }
  return changes;
}

/** The change without the lines at either end that stay. */
function trimmed(start: number, before: readonly string[], after: readonly string[]): Change[] {
  let head = 0;
  while (head < Math.min(before.length, after.length) && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < Math.min(before.length, after.length) - head && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  const change = {
    start: start + head,
    before: before.slice(head, before.length - tail),
    after: after.slice(head, after.length - tail),
  };
  return change.before.length + change.after.length > 0 ? [change] : [];
}

function hunk(lines: readonly string[], changes: readonly Change[], shift: number): string {
  const start = Math.max(0, changes[0].start - context);
  const end = Math.min(lines.length, endOf(changes.at(-1)!) + context);
  const body: string[] = [];
  let at = start;
  let grown = 0;
  const put = (sign: string, line: string): void => {
    body.push(line.endsWith('\n') ? sign + line : `${sign}${line}\n\\ No newline at end of file\n`);
  };
  for (const { start: first, before, after } of changes) {
    for (const line of lines.slice(at, first)) put(' ', line);
    for (const line of before) put('-', line);
    for (const line of after) put('+', line);
    at = first + before.length;
    grown += after.length - before.length;
  }
  for (const line of lines.slice(at, end)) put(' ', line);
  const range = (from: number, count: number): string => `${count === 0 ? from : from + 1},${count}`;
  return `@@ -${range(start, end - start)} +${range(start + shift, end - start + grown)} @@\n${body.join('')}`;
}
