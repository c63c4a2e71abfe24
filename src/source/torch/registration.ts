import { Tensor } from '../values/tensor';
import { Instance, Native, type Value } from '../values/values';

/** Sets an attribute; modules and parameters are registered in the order in which they first appear. */
export function setRegistering(object: Instance, name: string, value: Value): void {
  object.hidden?.delete(name);
  const registers = isRegistered(value);
  if (registers && !isRegistered(object.attributes.get(name))) object.attributes.delete(name);
  object.attributes.set(name, value);
  if (value instanceof Tensor && value.parameter && value.owner === undefined) value.owner = { module: object, name };
}

/** Sets an attribute in the object's own dictionary, where modules have no layers. */
export function setPlainly(object: Instance, name: string, value: Value): void {
  if (object.cls.isModule && isRegistered(value)) (object.hidden ??= new Set()).add(name);
  else object.hidden?.delete(name);
  object.attributes.set(name, value);
}

/** `__setattr__` of classes that register layers and parameters. */
export const setAttributeOfModule = new Native(
  '__setattr__',
  ({ positional: [object, name = null, value = null] }) => {
    if (object instanceof Instance) setRegistering(object, String(name), value);
    return null;
  },
  true,
);

function isRegistered(value: Value | undefined): boolean {
  return value instanceof Instance ? value.cls.isModule : value instanceof Tensor && value.parameter;
}
