import type { Machine } from '../../evaluate/machine';
import { Tensor } from '../../values/tensor';
import { ClassValue, Dict, Instance, Native, Tuple, Unknown, type Arguments, type Value } from '../../values/values';
import { LayerState, layerOf } from '../layerState';
import { asNumber } from '../shapes';
import { convolutionLayers } from './convolution';
import { linearLayers } from './linear';
import { normalizationLayers } from './normalization';

/** Attribute with the arguments that a lazy layer was made with. */
const given = '_layerwise_given';

/**
 * A layer that takes its number of inputs from the first tensor it is called with. Its class in PyTorch becomes the plain one
 * then; ours keeps its name, as the code does.
 */
function lazyLayer(base: ClassValue, inputs: string, sizeIn: (tensor: Tensor) => number): ClassValue {
  const cls = new ClassValue(`Lazy${base.name}`, [base]);
  const initialize = base.lookup('__init__');
  const forward = base.lookup('forward');
  const setUp = (self: Instance, size: Value, machine: Machine): void => {
    const kept = self.attributes.get(given);
    if (!(kept instanceof Tuple && initialize instanceof Native)) return;
    const [positional, keywords] = kept.items;
    if (!(positional instanceof Tuple && keywords instanceof Dict)) return;
    const state = layerOf(self);
    const named = [...keywords.entries.values()].map(({ key, value }): [string, Value] => [String(key), value]);
    initialize.call({ positional: [self, size, ...positional.items], keywords: new Map(named) }, machine);
    const spec = layerOf(self)?.spec;
    self.state = state ?? (spec === undefined ? undefined : new LayerState({ ...spec, op: cls.name }));
  };
  const define = (name: string, use: (self: Instance, args: Arguments, machine: Machine) => Value): void => {
    const native = new Native(
      name,
      (args, machine) => {
        const [self] = args.positional;
        return self instanceof Instance ? use(self, args, machine) : new Unknown(`${cls.name} without an object`);
      },
      true,
    );
    native.harmless = true;
    cls.attributes_.set(name, native);
  };
  define('__init__', (self, { positional, keywords }, machine) => {
    self.attributes.set(given, new Tuple([new Tuple(positional.slice(1)), Dict.of(keywords)]));
    setUp(self, new Unknown('a size that the first input tells'), machine);
    return null;
  });
  define('forward', (self, args, machine) => {
    const [, input] = args.positional;
    if (input instanceof Tensor) {
      const size = sizeIn(input);
      if (size !== asNumber(self.attributes.get(inputs))) setUp(self, size, machine);
    }
    return forward === undefined ? null : machine.call(forward, args);
  });
  return cls;
}

/** The channels of `[N, C, ...]`, or of `[C, ...]` without a batch. */
const channels =
  (dimensions: number) =>
  ({ shape }: Tensor): number =>
    shape[shape.length - dimensions - 1] ?? NaN;

export const lazyLayers: Readonly<Record<string, ClassValue>> = Object.fromEntries(
  [
    lazyLayer(linearLayers.Linear, 'in_features', channels(0)),
    ...[1, 2, 3].flatMap((count) => [
      lazyLayer(convolutionLayers[`Conv${count}d`], 'in_channels', channels(count)),
      lazyLayer(convolutionLayers[`ConvTranspose${count}d`], 'in_channels', channels(count)),
      lazyLayer(normalizationLayers[`BatchNorm${count}d`], 'num_features', ({ shape }) => shape[1] ?? NaN),
      lazyLayer(normalizationLayers[`InstanceNorm${count}d`], 'num_features', channels(count)),
    ]),
  ].map((cls) => [cls.name, cls]),
);
