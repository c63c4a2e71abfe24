import type { LayerInstance } from '../sourceModel';

/** What a layer is to become: three parts around a core (Tucker-2), or two factors (SVD), at a rank. */
export interface SourceChoice {
  readonly method: 'tucker' | 'svd';
  readonly rank: number;
}

/** A layer's channels and the places of its window, as its arguments tell. */
export interface LayerSizes {
  readonly input: number;
  readonly output: number;
  readonly places: number;
}

/** Sizes of a layer: from PyTorch's arguments, or from the kernel's shape where the framework infers the input (Keras). */
export function sizesOf({ settings, parameters, framework }: LayerInstance): LayerSizes | undefined {
  const kernel = settings.kernel_size;
  const window = Array.isArray(kernel) ? (kernel as unknown[]) : kernel === undefined ? [] : [kernel];
  const shape = parameters.kernel ?? parameters.weight ?? [];
  const [input, output] =
    framework === 'torch'
      ? [settings.in_channels ?? settings.in_features, settings.out_channels ?? settings.out_features]
      : [shape.at(-2), settings.filters ?? settings.units ?? shape.at(-1)];
  const places = window.reduce<number>((product, size) => product * Number(size), 1);
  return typeof input === 'number' && typeof output === 'number' && Number.isInteger(places)
    ? { input, output, places }
    : undefined;
}

/** The smallest rank at which the factors give a layer back exactly; larger ones are pointless. */
export function fullRank({ input, output, places }: LayerSizes): number {
  if (places === 1) return Math.min(input, output);
  return Math.max(Math.min(output, input * places), Math.min(input, output * places));
}

/** The method that fits a layer: Tucker-2 for windows of several places, SVD for the others. */
export function methodOf({ places }: LayerSizes): SourceChoice['method'] {
  return places > 1 ? 'tucker' : 'svd';
}
