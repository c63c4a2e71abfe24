import type { SourceCall } from '../sourceModel';
import type { SourceChoice } from './choice';
import { RewriteError } from './errors';
import { sequentialName, torchNames } from './frameworkNames';
import { constructorHelper, type Helper } from './helpers';
import { inlineForm } from './inlineForm';
import { insertHelpers } from './insertHelpers';
import { callObstacle, choiceObstacle } from './obstacles';
import { pythonText, type PythonText } from './pythonText';
import { checked } from './checked';
import type { TextEdit } from './textEdit';

/** How a rewritten call reads: a Sequential in its place, or a call of a helper function with a rank. */
export type CallForm = 'inline' | 'helper';

/** Edits of one file, and what they do, in one line. */
export interface Rewrite {
  readonly title: string;
  readonly edits: readonly TextEdit[];
}

/**
 * Rewrites one constructor call into its factored form, for all layers that it makes.
 *
 * `inline`: a Sequential in place of the call. `helper`: only the constructor's name is exchanged and `rank=` added, and a
 * function with the constructor's own parameters is put behind the imports, once for each file.
 *
 * Throws a RewriteError, with the reason, where the result would not compute what the factors of the layer compute.
 */
export function rewriteCall(text: string, call: SourceCall, choice: SourceChoice, form: CallForm = 'inline'): Rewrite {
  const python = pythonText(text);
  const obstacle = callObstacle(python, call) ?? choiceObstacle(call.instances, choice);
  if (obstacle) throw new RewriteError(obstacle.reason, obstacle.hint);
  const edits = form === 'inline' ? inlineEdits(python, call, choice) : helperEdits(python, [{ call, choice }]);
  return { title: titleOf(call, choice, form), edits: checked(python, edits) };
}

function titleOf({ callee, instances }: SourceCall, { method, rank }: SourceChoice, form: CallForm): string {
  const how = method === 'tucker' ? 'Tucker-2' : 'SVD';
  const where = form === 'helper' ? ' by a helper function' : '';
  const count = instances.length > 1 ? `, ${instances.length} layers` : '';
  return `Rewrite ${callee} as ${how}, rank ${rank}${where}${count}`;
}

function inlineEdits(python: PythonText, call: SourceCall, choice: SourceChoice): TextEdit[] {
  const { name, missing } = sequentialName(python, call.instances[0].framework);
  const { from, to } = call.range;
  return [{ from, to, insert: inlineForm(python, call, choice, name) }, ...insertHelpers(python, '', missing, [])];
}

export interface ChosenCall {
  readonly call: SourceCall;
  readonly choice: SourceChoice;
}

/** Edits that make calls of helpers from calls of constructors. Throws a RewriteError for Keras, which has no helpers. */
export function helperEdits(python: PythonText, calls: readonly ChosenCall[]): TextEdit[] {
  const helpers: Helper[] = [];
  const edits: TextEdit[] = [];
  for (const { call, choice } of calls) {
    const helper = constructorHelper(call.instances[0].op, choice.method);
    if (!helper)
      throw new RewriteError(`There is no helper function for ${call.callee}.`, 'Rewrite the call in place.');
    helpers.push(helper);
    const { from, to } = call.calleeRange;
    edits.push({ from, to, insert: helper.name }, rankEdit(call, choice.rank));
  }
  const { prefix, missing } = torchNames(python);
  return [...edits, ...insertHelpers(python, prefix, missing, helpers)];
}

/** Adds `rank=` behind the last argument; a comma that follows it stays the last. */
function rankEdit({ written, range }: SourceCall, rank: number): TextEdit {
  const last = written.at(-1);
  const at = last ? last.range.to : range.to - 1;
  return { from: at, to: at, insert: `${last ? ', ' : ''}rank=${rank}` };
}
