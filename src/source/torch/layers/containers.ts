import type { Machine } from '../../evaluate/machine';
import { Raised } from '../../evaluate/raised';
import { ClassValue, Dict, Instance, List, Native, noKeywords, Tuple, Unknown, type Value } from '../../values/values';
import { defineMethod, moduleType } from '../module';
import { childrenOf, isModule, itemsOf } from '../moduleTree';

function register(self: Instance, name: string, value: Value, machine: Machine): void {
  machine.setAttribute(self, name, value);
}

function container(name: string): ClassValue {
  return new ClassValue(name, [moduleType]);
}

function addAll(self: Instance, modules: Value, machine: Machine): void {
  const items = machine.items(modules);
  if (items instanceof Unknown) return;
  let at = itemsOf(self).length;
  for (const item of items) register(self, String(at++), item, machine);
}

function addPairs(self: Instance, modules: Value, machine: Machine): void {
  if (modules instanceof Dict) {
    for (const { key, value } of modules.entries.values()) register(self, String(key), value, machine);
    return;
  }
  if (isModule(modules)) {
    for (const [name, child] of childrenOf(modules)) register(self, name, child, machine);
    return;
  }
  const items = machine.items(modules);
  if (items instanceof Unknown) return;
  for (const item of items) {
    const parts = machine.items(item);
    if (!(parts instanceof Unknown) && parts.length === 2) register(self, String(parts[0]), parts[1], machine);
  }
}

const sequential = container('Sequential');
defineMethod(sequential, '__init__', '*args', (self, { args }, machine) => {
  const items = args instanceof Tuple ? args.items : [];
  if (items.length === 1 && items[0] instanceof Dict) addPairs(self, items[0], machine);
  else items.forEach((item, at) => register(self, String(at), item, machine));
  return null;
});
defineMethod(sequential, 'forward', 'input', (self, { input }, machine) => {
  let value = input;
  for (const child of self.attributes.values())
    if (isModule(child)) value = machine.call(child, { positional: [value], keywords: noKeywords });
    // A part that could not be made hides what comes out of it.
    else if (child instanceof Unknown) value = child;
  return value;
});
defineMethod(sequential, 'append', 'module', (self, { module }, machine) => {
  register(self, String(itemsOf(self).length), module, machine);
  return self;
});
defineMethod(sequential, 'extend', 'modules', (self, { modules }, machine) => {
  addAll(self, modules, machine);
  return self;
});

const moduleList = container('ModuleList');
defineMethod(moduleList, '__init__', 'modules=None', (self, { modules }, machine) => {
  if (modules !== null) addAll(self, modules, machine);
  return null;
});
for (const name of ['append', 'extend']) moduleList.attributes_.set(name, sequential.attributes_.get(name)!);
for (const cls of [moduleList, sequential])
  defineMethod(cls, 'insert', 'index, module', (self, { index, module }, machine) => {
    const children = itemsOf(self).map(([, item]) => item);
    if (typeof index !== 'number') throw new Raised('TypeError', 'not an index');
    children.splice(index, 0, module);
    for (const [name] of itemsOf(self)) self.attributes.delete(name);
    children.forEach((child, at) => register(self, String(at), child, machine));
    return null;
  });

const moduleDict = container('ModuleDict');
defineMethod(moduleDict, '__init__', 'modules=None', (self, { modules }, machine) => {
  if (modules !== null) addPairs(self, modules, machine);
  return null;
});
defineMethod(moduleDict, 'update', 'modules', (self, { modules }, machine) => {
  addPairs(self, modules, machine);
  return null;
});
defineMethod(
  moduleDict,
  'items',
  '',
  (self) => new List(childrenOf(self).map(([name, child]) => new Tuple([name, child]))),
);
defineMethod(moduleDict, 'keys', '', (self) => new List(childrenOf(self).map(([name]) => name)));
defineMethod(moduleDict, 'values', '', (self) => new List(childrenOf(self).map(([, child]) => child)));
defineMethod(moduleDict, '__iter__', '', (self) => new List(childrenOf(self).map(([name]) => name)));
defineMethod(moduleDict, 'pop', 'key', (self, { key }) => {
  const child = self.attributes.get(String(key)) ?? null;
  self.attributes.delete(String(key));
  return child;
});

/** Runs its module on several devices; here on one. */
const dataParallel = container('DataParallel');
defineMethod(dataParallel, '__init__', 'module, *args, **kwargs', (self, { module }, machine) => {
  register(self, 'module', module, machine);
  return null;
});
const inner = new Native(
  'forward',
  ({ positional: [self, ...positional], keywords }, machine) =>
    self instanceof Instance
      ? machine.call(self.attributes.get('module') ?? null, { positional, keywords })
      : new Unknown('not a module'),
  true,
);
inner.harmless = true;
dataParallel.attributes_.set('forward', inner);

/** Parameters in a list or dict: they are registered like modules, but walked as values. */
const parameterList = container('ParameterList');
defineMethod(parameterList, '__init__', 'values=None', (self, { values }, machine) => {
  if (values !== null) addAll(self, values, machine);
  return null;
});
defineMethod(parameterList, 'append', 'value', (self, { value }, machine) => {
  register(self, String(self.attributes.size), value, machine);
  return self;
});
defineMethod(parameterList, '__iter__', '', (self) => new List([...self.attributes.values()]));
defineMethod(parameterList, '__len__', '', (self) => self.attributes.size);
defineMethod(
  parameterList,
  '__getitem__',
  'index',
  (self, { index }) => [...self.attributes.values()].at(Number(index)) ?? null,
);
const parameterDict = container('ParameterDict');
defineMethod(parameterDict, '__init__', 'parameters=None', (self, { parameters }, machine) => {
  if (parameters !== null) addPairs(self, parameters, machine);
  return null;
});
defineMethod(parameterDict, '__getitem__', 'key', (self, { key }) => self.attributes.get(String(key)) ?? null);

export const containerLayers: Readonly<Record<string, ClassValue>> = {
  Module: moduleType,
  Sequential: sequential,
  ModuleList: moduleList,
  ModuleDict: moduleDict,
  DataParallel: dataParallel,
  ParameterList: parameterList,
  ParameterDict: parameterDict,
};
