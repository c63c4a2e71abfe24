import { Suppressed } from '../evaluate/raised';
import { ClassValue, Instance, Native, type Value } from '../values/values';
import { objectType } from './types';

const suppressType = new ClassValue('suppress', [objectType]);
suppressType.construct = ({ positional }) => {
  const context = new Instance(suppressType);
  context.state = new Suppressed(positional);
  return context;
};

/** `contextlib`. */
export const contexts: Readonly<Record<string, Value>> = {
  suppress: suppressType,
  nullcontext: new Native('nullcontext', ({ positional: [value = null] }) => value),
  contextmanager: new Native('contextmanager', ({ positional: [value = null] }) => value),
};
