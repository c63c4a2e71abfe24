import type { LayerInstance, SourceCall } from '../sourceModel';
import { parametersOf } from './callArguments';
import { sizesOf, type SourceChoice } from './choice';
import { RewriteError } from './errors';
import { kerasNames, sequentialName, torchNames } from './frameworkNames';
import { constructorHelper, type Helper } from './helpers';
import { inlineForm } from './inlineForm';
import { insertHelpers } from './insertHelpers';
import { callObstacle, choiceObstacle, type Obstacle } from './obstacles';
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

/**
 * Edits that make calls of helpers from calls of constructors. Throws a RewriteError where a helper would not get what the
 * constructor gets.
 */
export function helperEdits(python: PythonText, calls: readonly ChosenCall[]): TextEdit[] {
  const helpers: Helper[] = [];
  const edits: TextEdit[] = [];
  for (const { call, choice } of calls) {
    const helper = constructorHelper(call.instances[0], choice.method);
    if (!helper)
      throw new RewriteError(`There is no helper function for ${call.callee}.`, 'Rewrite the call in place.');
    const obstacle = helperObstacle(call, choice);
    if (obstacle) throw new RewriteError(obstacle.reason, obstacle.hint);
    helpers.push(helper);
    const { from, to } = call.calleeRange;
    edits.push({ from, to, insert: helper.name }, rankEdit(call, choice));
  }
  const { framework } = calls[0].call.instances[0];
  const { prefix, missing } = framework === 'torch' ? torchNames(python) : kerasNames(python);
  return [...edits, ...insertHelpers(python, prefix, missing, helpers)];
}

/**
 * Why a helper can't be called in a constructor's place; `undefined` when it can. A helper of PyTorch gets the channels of the
 * input and limits the rank itself; Keras infers them later.
 */
export function helperObstacle({ callee, instances, written }: SourceCall, choice: SourceChoice): Obstacle | undefined {
  if (instances[0].framework === 'torch') return undefined;
  const positional = written.filter(({ keyword }) => keyword === undefined).length;
  if (positional > parametersOf.get(instances[0].op)!.length)
    return {
      reason: `${callee} has more arguments by position than its helper function takes.`,
      hint: 'Give those behind use_bias by their names.',
    };
  if (new Set(instances.map((instance) => inputRank(instance, choice))).size > 1)
    return {
      reason: `Rank ${choice.rank} is larger than the input channels of some of the layers that this call makes.`,
      hint: 'Choose a smaller rank.',
    };
  return undefined;
}

/** The rank on the side of the input, where it is another. */
function inputRank(instance: LayerInstance, { method, rank }: SourceChoice): number | undefined {
  const input = sizesOf(instance)?.input;
  if (instance.framework === 'torch' || method !== 'tucker' || input === undefined) return undefined;
  return input < rank ? input : undefined;
}

/** Adds `rank=` behind the last argument; a comma that follows it stays the last. */
function rankEdit({ written, range, instances }: SourceCall, choice: SourceChoice): TextEdit {
  const last = written.at(-1);
  const at = last ? last.range.to : range.to - 1;
  const input = inputRank(instances[0], choice);
  const ranks = `rank=${choice.rank}${input === undefined ? '' : `, input_rank=${input}`}`;
  return { from: at, to: at, insert: `${last ? ', ' : ''}${ranks}` };
}
