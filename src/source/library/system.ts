import type { Machine } from '../evaluate/machine';
import { Raised } from '../evaluate/raised';
import { BoundMethod, ClassValue, Instance, Native, Unknown, type Value } from '../values/values';
import { functionType, objectType } from './types';

/** Variables of the environment as if none were set but by the code: what a program does by default. */
const environmentType = new ClassValue('_Environ', [objectType]);
const environmentMethods: Readonly<Record<string, (machine: Machine, name: string, value: Value) => Value>> = {
  get: ({ environment }, name, fallback) => environment.get(name) ?? fallback,
  setdefault: ({ environment }, name, value) => {
    if (!environment.has(name)) environment.set(name, value);
    return environment.get(name)!;
  },
  __contains__: ({ environment }, name) => environment.has(name),
  __getitem__: ({ environment, guarded }, name) => {
    const value = environment.get(name);
    if (value === undefined && guarded > 0) throw new Raised('KeyError', name);
    return value ?? new Unknown(`the variable ${name} of the environment`);
  },
  __setitem__: ({ environment }, name, value) => {
    environment.set(name, value);
    return null;
  },
};
for (const [name, use] of Object.entries(environmentMethods))
  environmentType.attributes_.set(
    name,
    new Native(name, ({ positional: [, key, value = null] }, machine) => use(machine, String(key), value), true),
  );

/** What of `os` bears on which form of a model is made; the rest is unknown. */
export const os: Readonly<Record<string, Value>> = {
  environ: new Instance(environmentType),
  getenv: new Native(
    'getenv',
    ({ positional: [name, fallback = null], keywords }, { environment }) =>
      environment.get(String(name)) ?? keywords.get('default') ?? fallback,
  ),
};

const methodType = new ClassValue('method', [objectType]);
methodType.construct = ({ positional: [use = null, owner = null] }) => new BoundMethod(owner, use);

/** Types of the interpreter. */
export const interpreterTypes: Readonly<Record<string, Value>> = {
  FunctionType: functionType,
  LambdaType: functionType,
  MethodType: methodType,
};
