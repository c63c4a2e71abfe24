import type { Machine } from '../evaluate/machine';
import { bind, type Bound } from '../evaluate/signature';
import { objectType } from '../library/types';
import type { Tensor } from '../values/tensor';
import {
  ClassValue,
  Dict,
  Instance,
  Iterator_,
  Native,
  Property,
  Tuple,
  Unknown,
  type Arguments,
  type Value,
} from '../values/values';
import { setAttributeOfModule } from './registration';
import { allModules, childrenOf, itemsOf, modulesOf, parametersOf } from './moduleTree';

/** `torch.nn.Module`. */
export const moduleType = new ClassValue('Module', [objectType]);
moduleType.isModule = true;
moduleType.attributes_.set('__setattr__', setAttributeOfModule);

type Method = (self: Instance, bound: Bound, machine: Machine) => Value;

export function defineMethod(cls: ClassValue, name: string, signature: string, use: Method): void {
  const native = new Native(
    name,
    (args, machine) => {
      const self = args.positional[0];
      if (!(self instanceof Instance)) return new Unknown(`${name} of something else than a module`);
      return use(self, bind(signature, args, name, 1), machine);
    },
    true,
  );
  native.harmless = true;
  cls.attributes_.set(name, native);
}

function pairs(entries: readonly (readonly [string, Value])[]): Iterator_ {
  return new Iterator_(entries.map(([name, value]) => new Tuple([name, value])));
}

function allParameters(self: Instance): [string, Tensor][] {
  const seen = new Set<Tensor>();
  return modulesOf(self).flatMap(([path, module]) =>
    parametersOf(module)
      .filter(([, tensor]) => !seen.has(tensor) && seen.add(tensor) !== undefined)
      .map(([name, tensor]): [string, Tensor] => [path === '' ? name : `${path}.${name}`, tensor]),
  );
}

/** Runs a module's `forward`; the first tensors given to an outermost module are kept as an example of its input. */
function callModule(self: Instance, args: Arguments, machine: Machine): Value {
  const outermost = machine.moduleDepth === 0;
  if (outermost) {
    machine.watch?.fail();
    if (!machine.examples.has(self)) machine.examples.set(self, args.positional);
  }
  machine.moduleDepth++;
  try {
    if (outermost || self.cls.node === undefined) return callForward(self, args, machine);
    return machine.twins.run(self, args, () => callForward(self, args, machine));
  } finally {
    machine.moduleDepth--;
  }
}

function callForward(self: Instance, args: Arguments, machine: Machine): Value {
  const forward = machine.attribute(self, 'forward');
  return forward === undefined ? new Unknown(`${self.cls.name} has no forward`) : machine.call(forward, args);
}

defineMethod(moduleType, '__init__', '*args, **kwargs', () => null);
const call = new Native(
  '__call__',
  ({ positional, keywords }, machine) => {
    const self = positional[0];
    if (!(self instanceof Instance)) return new Unknown('not a module');
    return callModule(self, { positional: positional.slice(1), keywords }, machine);
  },
  true,
);
call.harmless = true;
moduleType.attributes_.set('__call__', call);
moduleType.attributes_.set('training', false);
defineMethod(moduleType, 'add_module', 'name, module', (self, { name, module }, machine) => {
  if (typeof name === 'string') machine.setAttribute(self, name, module);
  return null;
});
moduleType.attributes_.set('register_module', moduleType.attributes_.get('add_module')!);
defineMethod(moduleType, 'register_parameter', 'name, param', (self, { name, param }, machine) => {
  if (typeof name === 'string') machine.setAttribute(self, name, param);
  return null;
});
defineMethod(moduleType, 'register_buffer', 'name, tensor, persistent=True', (self, { name, tensor }, machine) => {
  if (typeof name === 'string') machine.setAttribute(self, name, tensor);
  return null;
});
defineMethod(moduleType, 'modules', '', (self) => new Iterator_(allModules(self)));
defineMethod(moduleType, 'named_modules', '*args, **kwargs', (self) => pairs(modulesOf(self)));
defineMethod(moduleType, 'children', '', (self) => new Iterator_(childrenOf(self).map(([, child]) => child)));
defineMethod(moduleType, 'named_children', '', (self) => pairs(childrenOf(self)));
defineMethod(
  moduleType,
  'parameters',
  '*args, **kwargs',
  (self) => new Iterator_(allParameters(self).map(([, tensor]) => tensor)),
);
defineMethod(moduleType, 'named_parameters', '*args, **kwargs', (self) => pairs(allParameters(self)));
defineMethod(moduleType, 'buffers', '*args, **kwargs', () => new Iterator_([]));
defineMethod(moduleType, 'named_buffers', '*args, **kwargs', () => new Iterator_([]));
defineMethod(moduleType, 'state_dict', '*args, **kwargs', (self) => Dict.of(allParameters(self)));
/** `model._modules`: what is set or deleted in it is in the model. */
class ModuleTable extends Dict {
  constructor(
    private readonly module: Instance,
    private readonly machine: Machine,
  ) {
    super();
    for (const [name, item] of itemsOf(module)) super.set(name, item);
  }
  override set(key: Value, value: Value): void {
    super.set(key, value);
    this.machine.setAttribute(this.module, String(key), value);
  }
  override delete(key: Value): void {
    super.delete(key);
    this.module.attributes.delete(String(key));
  }
}
const children = new Native('_modules', ({ positional: [self] }, machine) =>
  self instanceof Instance ? new ModuleTable(self, machine) : new Unknown('not a module'),
);
moduleType.attributes_.set('_modules', new Property(children));
defineMethod(moduleType, 'get_submodule', 'target', (self, { target }, machine) => {
  let at: Value = self;
  for (const name of String(target)
    .split('.')
    .filter((part) => part !== '')) {
    const next = machine.attribute(at, name);
    if (next === undefined) return new Unknown(`no module ${String(target)}`);
    at = next;
  }
  return at;
});
defineMethod(moduleType, 'apply', 'fn', (self, { fn }, machine) => {
  for (const module of allModules(self)) machine.callWith(fn, module);
  return self;
});
for (const name of (
  'eval train to cuda cpu float half double bfloat16 requires_grad_ share_memory type compile ' + 'zero_grad'
).split(' '))
  defineMethod(moduleType, name, '*args, **kwargs', (self) => self);
for (const name of (
  'load_state_dict _load_from_state_dict register_forward_hook register_forward_pre_hook register_full_backward_hook ' +
  '_register_load_state_dict_pre_hook register_load_state_dict_post_hook'
).split(' '))
  defineMethod(moduleType, name, '*args, **kwargs', () => null);
