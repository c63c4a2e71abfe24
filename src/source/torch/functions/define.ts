import type { Machine } from '../../evaluate/machine';
import { bind, takes, type Bound } from '../../evaluate/signature';
import { namedTupleType } from '../../library/types';
import { Tensor } from '../../values/tensor';
import { ClassValue, Native, Tuple, Unknown, type Arguments, type Value } from '../../values/values';

/** A function of tensors: its signature as in Python, and what it gives. */
export type TensorFunction = readonly [signature: string, compute: (bound: Bound, machine: Machine) => Value];

export type FunctionTable = Readonly<Record<string, TensorFunction>>;

/** Names of numpy that PyTorch takes for its own. */
const numpyNames: Readonly<Record<string, string>> = {
  axis: 'dim',
  keepdims: 'keepdim',
  shape: 'size',
  x: 'input',
  a: 'input',
  x1: 'input',
  x2: 'other',
};

function renamed(signature: string, args: Arguments): Arguments {
  const isNumpys = (key: string): boolean => Object.hasOwn(numpyNames, key);
  if (![...args.keywords.keys()].some(isNumpys)) return args;
  const nameOf = (key: string): string => {
    const own = isNumpys(key) ? numpyNames[key] : key;
    return takes(signature, own) && !takes(signature, key) ? own : key;
  };
  return { ...args, keywords: new Map([...args.keywords].map(([key, value]) => [nameOf(key), value])) };
}

/** The function as a Python value. */
export function nativeOf(name: string, [signature, compute]: TensorFunction): Native {
  const native = new Native(name, (args, machine) => compute(bind(signature, renamed(signature, args), name), machine));
  native.harmless = true;
  // Those that work in place change no shape; they count no product either.
  if (name.endsWith('_')) native.sees = 'shapes';
  return native;
}

/** Applies to the first argument when it is a tensor; passes an unknown one on. */
export function onTensor(
  signature: string,
  compute: (tensor: Tensor, bound: Bound, machine: Machine) => Value,
): TensorFunction {
  const name = signature.split(/[,=]/)[0].trim();
  return [
    signature,
    (bound, machine) => {
      const tensor = bound[name];
      if (tensor instanceof Tensor) return compute(tensor, bound, machine);
      return tensor instanceof Unknown ? tensor : new Unknown(`${name} is not a tensor`);
    },
  ];
}

/** Makes what a function gives under names, which can be taken apart too. */
export function namedResult(...fields: readonly string[]): (...values: readonly Value[]) => Tuple {
  const type = new ClassValue(fields.join('_and_'), [namedTupleType]);
  type.dataclass = fields.map((name) => ({ name }));
  return (...values) => new Tuple(values, type);
}

/** A function of values of any kind. */
export function onValues(signature: string, compute: TensorFunction[1]): TensorFunction {
  return [signature, compute];
}
