import type { Machine } from '../../evaluate/machine';
import { bind, type Bound } from '../../evaluate/signature';
import { Tensor } from '../../values/tensor';
import { Native, Unknown, type Value } from '../../values/values';

/** A function of tensors: its signature as in Python, and what it gives. */
export type TensorFunction = readonly [signature: string, compute: (bound: Bound, machine: Machine) => Value];

export type FunctionTable = Readonly<Record<string, TensorFunction>>;

/** The function as a Python value. */
export function nativeOf(name: string, [signature, compute]: TensorFunction): Native {
  const native = new Native(name, (args, machine) => compute(bind(signature, args, name), machine));
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

/** A function of values of any kind. */
export function onValues(signature: string, compute: TensorFunction[1]): TensorFunction {
  return [signature, compute];
}
