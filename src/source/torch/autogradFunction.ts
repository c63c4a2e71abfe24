import { objectType } from '../library/types';
import { ClassMethod, ClassValue, Instance, Native, Tuple, Unknown } from '../values/values';

/** What `forward` and `backward` of a function tell each other by: it takes any attribute, and these calls change no shape. */
const contextType = new ClassValue('FunctionCtx', [objectType]);
for (const name of 'save_for_backward mark_dirty mark_non_differentiable set_materialize_grads save_for_forward'.split(
  ' ',
))
  contextType.attributes_.set(name, new Native(name, () => null, true));

/** `torch.autograd.Function`: `apply` runs `forward` with a context, or without one where the class sets it up by itself. */
export const functionType = new ClassValue('Function', [objectType]);
functionType.attributes_.set(
  'apply',
  new ClassMethod(
    new Native('apply', ({ positional: [cls, ...given], keywords }, machine) => {
      if (!(cls instanceof ClassValue)) return new Unknown('not a class');
      const forward = machine.attribute(cls, 'forward');
      if (forward === undefined) return new Unknown(`${cls.name} has no forward`);
      const context = new Instance(contextType);
      context.attributes.set('needs_input_grad', new Tuple(given.map(() => false)));
      const positional = cls.lookup('setup_context') === undefined ? [context, ...given] : given;
      return machine.call(forward, { positional, keywords });
    }),
  ),
);
