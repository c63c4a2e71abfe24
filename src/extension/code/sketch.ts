import type { LayerSketch } from '../../protocol/layerSketch';
import type { LayerInstance, Shape } from '../../source/sourceModel';

/** A layer of the code as the engine measures it; `undefined` when a size is unknown or nothing like it is measured. */
export function sketchOf(layer: LayerInstance): LayerSketch | undefined {
  const input = known(layer.input);
  const output = known(layer.output);
  if (!input || !output) return undefined;
  const bias = 'bias' in layer.parameters;
  if (layer.kind === 'linear') {
    const features = input.at(-1)!;
    return { op: 'Gemm', input: [product(input.slice(0, -1)), features], weight: [output.at(-1)!, features], bias };
  }
  return layer.kind === 'convolution' ? convolution(layer, input, output, bias) : undefined;
}

/** How often a model runs what is sketched: a convolution's sketch is of one sample, and some layers get one for each time step. */
export function runsOf({ kind, input, uses }: LayerInstance): number {
  return Math.max(1, uses) * (kind === 'convolution' ? (input?.[0] ?? 1) : 1);
}

/** What two layers share that take the same time. */
export function sketchKey(sketch: LayerSketch): string {
  return JSON.stringify(sketch);
}

function convolution(
  { settings, parameters, framework }: LayerInstance,
  input: readonly number[],
  output: readonly number[],
  bias: boolean,
): LayerSketch | undefined {
  const kernel = known(framework === 'torch' ? parameters.weight : parameters.kernel);
  if (!kernel || kernel.length !== input.length) return undefined;
  // Keras keeps channels last and its kernels as [...window, C, O].
  const spatial = kernel.length - 2;
  const weight = framework === 'torch' ? kernel : [kernel.at(-1)!, kernel.at(-2)!, ...kernel.slice(0, spatial)];
  const places = framework === 'torch' ? input.slice(2) : input.slice(1, -1);
  const channels = framework === 'torch' ? input[1] : input.at(-1)!;
  const results = framework === 'torch' ? output.slice(2) : output.slice(1, -1);
  const strides = perDimension(settings.stride ?? settings.strides, spatial, 1);
  const dilations = perDimension(settings.dilation ?? settings.dilation_rate, spatial, 1);
  const pads = padsOf(settings.padding, { places, results, window: weight.slice(2), strides, dilations });
  if (!strides || !dilations || !pads) return undefined;
  const group = channels / weight[1];
  return { op: 'Conv', input: [1, channels, ...places], weight, bias, strides, dilations, pads, group };
}

interface Window {
  readonly places: readonly number[];
  readonly results: readonly number[];
  readonly window: readonly number[];
  readonly strides: readonly number[] | undefined;
  readonly dilations: readonly number[] | undefined;
}

/** Pads before and after, as ONNX has them. `same` fills up what the result's size asks for, the odd one behind. */
function padsOf(padding: unknown, { places, results, window, strides, dilations }: Window): number[] | undefined {
  if (padding === 'valid' || padding === undefined) return places.flatMap(() => [0, 0]);
  if (padding === 'same') {
    if (!strides || !dilations) return undefined;
    const totals = places.map((size, i) =>
      Math.max(0, (results[i] - 1) * strides[i] + (window[i] - 1) * dilations[i] + 1 - size),
    );
    return [...totals.map((total) => total >> 1), ...totals.map((total) => total - (total >> 1))];
  }
  const each = perDimension(padding, places.length, 0);
  return each && [...each, ...each];
}

function perDimension(value: unknown, length: number, otherwise: number): number[] | undefined {
  const list = Array.isArray(value) ? (value as unknown[]) : Array.from({ length }, () => value ?? otherwise);
  return list.length === length && list.every((item) => typeof item === 'number') ? list : undefined;
}

function known(shape: Shape | null | undefined): number[] | undefined {
  return shape?.every((size) => size !== null) ? [...shape] : undefined;
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((result, size) => result * size, 1);
}
