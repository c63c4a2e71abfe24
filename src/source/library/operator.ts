import type { Machine } from '../evaluate/machine';
import { binary, compare, unary } from '../evaluate/operators';
import { subscript } from '../evaluate/subscripts';
import { Native, Tuple, Unknown, type Value } from '../values/values';

const nowhere = { from: 0, to: 0 };

function native(name: string, use: (machine: Machine, positional: readonly Value[]) => Value): [string, Native] {
  const made = new Native(name, ({ positional }, machine) => use(machine, positional));
  made.harmless = true;
  return [name, made];
}

const binaryNames = {
  ...{ add: '+', sub: '-', mul: '*', truediv: '/', floordiv: '//', mod: '%', pow: '**', matmul: '@' },
  ...{ and_: '&', or_: '|', xor: '^', lshift: '<<', rshift: '>>', concat: '+', iadd: '+', imul: '*' },
};
const compareNames = { eq: '==', ne: '!=', lt: '<', le: '<=', gt: '>', ge: '>=', is_: 'is', is_not: 'is not' };

/** A function that takes the same parts of every object it is given. */
function getter(name: string, part: (machine: Machine, object: Value, key: Value) => Value): [string, Native] {
  return native(
    name,
    (_, keys) =>
      native(name, (machine, [object]) => {
        const parts = keys.map((key) => part(machine, object, key));
        return parts.length === 1 ? parts[0] : new Tuple(parts);
      })[1],
  );
}

/** `operator`. */
export const operator: Readonly<Record<string, Value>> = Object.fromEntries([
  ...Object.entries(binaryNames).map(([name, op]) =>
    native(name, (machine, [a, b]) => binary(machine, op, a, b, nowhere)),
  ),
  ...Object.entries(compareNames).map(([name, op]) =>
    native(name, (machine, [a, b]) => compare(machine, op, a, b, nowhere)),
  ),
  native('neg', (machine, [a]) => unary(machine, '-', a, nowhere)),
  native('not_', (machine, [a]) => unary(machine, 'not', a, nowhere)),
  native('getitem', (machine, [object, key]) => subscript(machine, object, key)),
  native('index', (_, [a]) => a),
  getter('itemgetter', subscript),
  getter('attrgetter', (machine, object, path) =>
    String(path)
      .split('.')
      .reduce<Value>((at, name) => machine.attribute(at, name) ?? new Unknown(`no attribute ${name}`), object),
  ),
]);
