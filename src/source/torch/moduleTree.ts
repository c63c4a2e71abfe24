import { Tensor } from '../values/tensor';
import { Instance, List, type Value } from '../values/values';

/** Direct children of a module with their names, in the order of registration; a shared child once. */
export function childrenOf(module: Instance): [string, Instance][] {
  const children: [string, Instance][] = [];
  for (const [name, value] of module.attributes) {
    if (value instanceof Instance && value.cls.isModule) children.push([name, value]);
    // Keras finds layers in lists; torch does not.
    else if (value instanceof List && module.cls.tracksLists)
      value.items.forEach((item, at) => {
        if (item instanceof Instance && item.cls.isModule) children.push([`${name}.${at}`, item]);
      });
  }
  return children;
}

/** The module and all modules under it with their paths (`''` for itself), depth first; a shared one at its first place. */
export function modulesOf(module: Instance): [string, Instance][] {
  const seen = new Set<Instance>();
  const found: [string, Instance][] = [];
  const visit = (path: string, at: Instance): void => {
    if (seen.has(at)) return;
    seen.add(at);
    found.push([path, at]);
    for (const [name, child] of childrenOf(at)) visit(path === '' ? name : `${path}.${name}`, child);
  };
  visit('', module);
  return found;
}

export function parametersOf(module: Instance): [string, Tensor][] {
  const parameters: [string, Tensor][] = [];
  for (const [name, value] of module.attributes)
    if (value instanceof Tensor && value.parameter) parameters.push([name, value]);
  return parameters;
}

export function isModule(value: Value | undefined): value is Instance {
  return value instanceof Instance && value.cls.isModule;
}
