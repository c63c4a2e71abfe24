import { Tensor } from '../values/tensor';
import { ClassValue, Instance, Native, Unknown, type Value } from '../values/values';
import { objectType } from '../library/types';
import { asNumbers, broadcast, like } from './shapes';

/** Distributions of `torch.distributions` over single numbers, with their parameters. */
const families: Readonly<Record<string, readonly string[]>> = {
  Normal: ['loc', 'scale'],
  LogNormal: ['loc', 'scale'],
  Laplace: ['loc', 'scale'],
  Gumbel: ['loc', 'scale'],
  Cauchy: ['loc', 'scale'],
  Uniform: ['low', 'high'],
  Beta: ['concentration1', 'concentration0'],
  Gamma: ['concentration', 'rate'],
  Bernoulli: ['probs', 'logits'],
  Exponential: ['rate'],
  Poisson: ['rate'],
};

function family(name: string, parameters: readonly string[]): ClassValue {
  const cls = new ClassValue(name, [objectType]);
  cls.construct = ({ positional, keywords }) => {
    const given = parameters.map((parameter, at) => positional[at] ?? keywords.get(parameter) ?? null);
    const tensors = given.filter((value) => value instanceof Tensor);
    const unknown = given.find((value) => value instanceof Unknown);
    if (unknown !== undefined) return unknown;
    const self = new Instance(cls);
    self.state = new Tensor(tensors.reduce<readonly number[]>((shape, tensor) => broadcast(shape, tensor.shape), []));
    parameters.forEach((parameter, at) => self.attributes.set(parameter, given[at]));
    for (const moment of ['mean', 'stddev', 'variance']) self.attributes.set(moment, self.state as Tensor);
    return self;
  };
  const method = (label: string, use: (one: Tensor, argument: Value | undefined) => Value): void => {
    const native = new Native(
      label,
      ({ positional: [self, argument], keywords }) =>
        self instanceof Instance && self.state instanceof Tensor
          ? use(self.state, argument ?? keywords.get('sample_shape') ?? keywords.get('value'))
          : new Unknown(`${label} of something else than a distribution`),
      true,
    );
    cls.attributes_.set(label, native);
  };
  for (const label of ['sample', 'rsample'])
    method(label, (one, shape) => like(one, [...(shape === undefined ? [] : asNumbers(shape)), ...one.shape]));
  for (const label of ['log_prob', 'cdf', 'icdf'])
    method(label, (one, value) => like(one, value instanceof Tensor ? broadcast(one.shape, value.shape) : one.shape));
  method('entropy', (one) => like(one, one.shape));
  return cls;
}

/** `torch.distributions`. */
export const distributions: Readonly<Record<string, Value>> = {
  ...Object.fromEntries(Object.entries(families).map(([name, parameters]) => [name, family(name, parameters)])),
  kl_divergence: new Native('kl_divergence', ({ positional: [one] }) =>
    one instanceof Instance && one.state instanceof Tensor
      ? like(one.state, one.state.shape)
      : new Unknown('divergence of something else than distributions'),
  ),
};
