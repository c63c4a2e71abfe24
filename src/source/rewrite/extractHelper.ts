import { RewriteError } from './errors';
import { checked } from './checked';
import { helperOf } from './helpers';
import { callObstacle, choiceObstacle } from './obstacles';
import { pythonText } from './pythonText';
import { helperEdits, helperObstacle, type ChosenCall, type Rewrite } from './rewriteCall';

/**
 * Rewrites several calls into the same form by one function, which is put behind the imports once; each call keeps its
 * arguments and gets a rank of its own. Calls that can't be exchanged stay. Throws a RewriteError when none can, or when
 * their forms differ.
 */
export function extractHelper(text: string, calls: readonly ChosenCall[]): Rewrite {
  const python = pythonText(text);
  const names = new Set(calls.map(({ call, choice }) => helperOf(call, choice)));
  const [name] = names;
  if (names.size !== 1 || name === undefined)
    throw new RewriteError('These layers have no form in common.', 'Rewrite them one by one.');
  const obstacles = calls.map(
    ({ call, choice }) =>
      callObstacle(python, call) ?? choiceObstacle(call.instances, choice) ?? helperObstacle(call, choice),
  );
  const free = calls.filter((_, i) => obstacles[i] === undefined);
  if (free.length === 0) throw new RewriteError(obstacles[0]!.reason, obstacles[0]!.hint);
  const count = `${free.length} call${free.length === 1 ? '' : 's'}`;
  return { title: `Extract ${name}, used by ${count}`, edits: checked(python, helperEdits(python, free)) };
}
