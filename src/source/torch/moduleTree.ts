import { Tensor } from '../values/tensor';
import { Instance, List, type Value } from '../values/values';

/** Direct children of a module with their names, in the order of registration; a shared child once. */
export function childrenOf(module: Instance): [string, Instance][] {
  const children: [string, Instance][] = [];
  eachChild(module, (name, child) => children.push([name, child]));
  return children;
}

/** What a list of modules holds by its places: modules, and `None` or what is unknown in the place of one. */
export function itemsOf({ attributes }: Instance): [string, Value][] {
  return itemsIn(attributes);
}

/** The same by the attributes of the list. */
export function itemsIn(attributes: ReadonlyMap<string, Value>): [string, Value][] {
  const items: [string, Value][] = [];
  attributes.forEach((value, name) => {
    if (isModule(value) || place.test(name)) items.push([name, value]);
  });
  return items;
}

const place = /^\d+$/;

/** The same as `childrenOf` one by one. */
export function eachChild(module: Instance, use: (name: string, child: Instance) => void): void {
  const { copied, hidden } = module;
  if (copied !== undefined) {
    copied.eachModule(use);
    return;
  }
  module.attributes.forEach((value, name) => {
    if (value === null || typeof value !== 'object' || hidden?.has(name)) return;
    if (value instanceof Instance) {
      if (value.cls.isModule) use(name, value);
    }
    // Keras finds layers in lists; torch does not.
    else if (module.cls.tracksLists && value instanceof List)
      value.items.forEach((item, at) => {
        if (item instanceof Instance && item.cls.isModule) use(`${name}.${at}`, item);
      });
  });
}

/** The module and all modules under it with their paths (`''` for itself), depth first; a shared one at its first place. */
export function modulesOf(module: Instance): [string, Instance][] {
  const found: [string, Instance][] = [];
  const seen = new Set<Instance>();
  const visit = (path: string, at: Instance): void => {
    if (seen.has(at)) return;
    seen.add(at);
    found.push([path, at]);
    eachChild(at, (name, child) => {
      visit(path === '' ? name : `${path}.${name}`, child);
    });
  };
  visit('', module);
  return found;
}

/** The same modules without their paths. */
export function allModules(module: Instance): Instance[] {
  const found = new Set<Instance>();
  const visit = (_: string, at: Instance): void => {
    const { size } = found;
    if (found.add(at).size > size) eachChild(at, visit);
  };
  visit('', module);
  return [...found];
}

export function parametersOf(module: Instance): [string, Tensor][] {
  const parameters: [string, Tensor][] = [];
  for (const [name, value] of module.attributes)
    if (value instanceof Tensor && value.parameter && !module.hidden?.has(name)) parameters.push([name, value]);
  return parameters;
}

export function isModule(value: Value | undefined): value is Instance {
  return value instanceof Instance && value.cls.isModule;
}
