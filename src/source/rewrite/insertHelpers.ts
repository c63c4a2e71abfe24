import { RewriteError } from './errors';
import { helperCode, type Helper } from './helpers';
import {
  indentationStep,
  insertionPoints,
  lineEnd,
  sliceOf,
  topLevelDefinition,
  topLevelNames,
  type PythonText,
} from './pythonText';
import type { TextEdit } from './textEdit';

/**
 * Edits that give a file an import and definitions, each once: what it has already is left as it is. Throws a RewriteError
 * when it uses one of the names for something else.
 * @param blocks other definitions at the top level, such as a table of ranks, behind the helpers
 */
export function insertHelpers(
  python: PythonText,
  prefix: string,
  missing: string | undefined,
  helpers: readonly Helper[],
  blocks: readonly string[] = [],
): TextEdit[] {
  const end = lineEnd(python);
  const step = indentationStep(python);
  const points = insertionPoints(python);
  const taken = topLevelNames(python);
  const code: string[] = [];
  for (const helper of new Map(helpers.map((item) => [item.name, item])).values()) {
    const text = helperCode(helper, { prefix, step, end });
    const present = topLevelDefinition(python, helper.name);
    if (present && sliceOf(python, present).trim() === text) continue;
    if (present || taken.has(helper.name)) {
      throw new RewriteError(
        `The file has a ${helper.name} of its own.`,
        'Rename it, or rewrite the layer in place without a helper.',
      );
    }
    code.push(text);
  }
  const definitions = [...code, ...blocks].map((block) => `${block}${end}${end}${end}`).join('');
  const edits: TextEdit[] = [];
  if (missing !== undefined) edits.push(importEdit(python, points.imports, missing, end));
  if (definitions) {
    const { text } = python;
    const at = points.definitions;
    const before = spacing(text.slice(0, at), end);
    // At the end of a file nothing follows that blank lines would keep apart.
    const rest = at === text.length ? definitions.trimEnd() + end : definitions;
    edits.push({ from: at, to: at, insert: before + rest });
  }
  return edits;
}

function importEdit({ text }: PythonText, at: number, line: string, end: string): TextEdit {
  const newLine = at > 0 && text[at - 1] !== '\n' ? end : '';
  return { from: at, to: at, insert: `${newLine}${line}${end}` };
}

/** Line ends that make two blank lines behind what stands before; none at the top of a file. */
function spacing(before: string, end: string): string {
  if (before.trim() === '') return '';
  const present = /(?:\r?\n)*$/.exec(before)![0].split('\n').length - 1;
  return end.repeat(Math.max(0, 3 - present));
}
