import { BoundMethod, ClassValue, Instance, Native, Unknown, type Value } from '../values/values';
import { functionType, objectType } from './types';

/** Variables of the environment as if none were set: what a program does by default. */
const environmentType = new ClassValue('_Environ', [objectType]);
for (const [name, use] of Object.entries({
  get: (_key: Value, fallback: Value): Value => fallback,
  setdefault: (_key: Value, fallback: Value): Value => fallback,
  __contains__: () => false,
  __getitem__: (key: Value) => new Unknown(`the variable ${String(key)} of the environment`),
  __setitem__: () => null,
}))
  environmentType.attributes_.set(
    name,
    new Native(name, ({ positional: [, key = null, fallback = null] }) => use(key, fallback), true),
  );

/** What of `os` bears on which form of a model is made; the rest is unknown. */
export const os: Readonly<Record<string, Value>> = {
  environ: new Instance(environmentType),
  getenv: new Native('getenv', ({ positional: [, fallback = null], keywords }) => keywords.get('default') ?? fallback),
};

const methodType = new ClassValue('method', [objectType]);
methodType.construct = ({ positional: [use = null, owner = null] }) => new BoundMethod(owner, use);

/** Types of the interpreter. */
export const interpreterTypes: Readonly<Record<string, Value>> = {
  FunctionType: functionType,
  LambdaType: functionType,
  MethodType: methodType,
};
