import type { Tree } from '@lezer/common';
import { RewriteError } from './errors';
import { pythonText, type PythonText } from './pythonText';
import { applyEdits, ordered, type TextEdit } from './textEdit';

/** The edits in order, when the text has no more syntax errors with them than without; throws a RewriteError else. */
export function checked(python: PythonText, edits: readonly TextEdit[]): TextEdit[] {
  const after = pythonText(applyEdits(python.text, edits));
  if (errorsIn(after.tree) > errorsIn(python.tree))
    throw new RewriteError(
      'The code is written in a way that can not be rewritten.',
      'Put each statement on its own line.',
    );
  return ordered(edits);
}

function errorsIn(tree: Tree): number {
  let errors = 0;
  tree.iterate({ enter: ({ type }) => void (errors += type.isError ? 1 : 0) });
  return errors;
}
