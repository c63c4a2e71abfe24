import type { ClassValue } from '../../values/values';
import { losses } from '../functions/losses';
import { defineLayer } from './define';

/** Losses as modules, which have no weights. */
export const lossLayers: Readonly<Record<string, ClassValue>> = Object.fromEntries(
  Object.values(losses).map(({ module, tensors, settings, compute }) => [
    module,
    defineLayer({
      name: module,
      signature: settings,
      forwardSignature: tensors,
      forward: (self, bound) => compute({ ...Object.fromEntries(self.look), ...bound }),
    }),
  ]),
);
