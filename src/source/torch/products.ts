import { Raised } from '../evaluate/raised';
import { elementsOf, Tensor } from '../values/tensor';
import { Unknown, type Instance, type Value } from '../values/values';
import { recordUse } from './layerState';
import { broadcast, perDimension, shapeText, windowed } from './shapes';

/** `a @ b`; counted for a parameter that takes part. */
export function matmul(a: Value, b: Value): Value {
  if (a instanceof Unknown) return a;
  if (b instanceof Unknown) return b;
  if (!(a instanceof Tensor && b instanceof Tensor)) return new Unknown('a product of something else than tensors');
  if (a.shape.length === 0 || b.shape.length === 0) throw new Raised('RuntimeError', 'product with a scalar');
  const left = a.shape.length === 1 ? [1, ...a.shape] : a.shape;
  const right = b.shape.length === 1 ? [...b.shape, 1] : b.shape;
  const inner = left[left.length - 1];
  const other = right[right.length - 2];
  if (inner !== other && !Number.isNaN(inner) && !Number.isNaN(other))
    throw new Raised('RuntimeError', `product of ${shapeText(a.shape)} and ${shapeText(b.shape)}`);
  const shape = broadcast(left.slice(0, -2), right.slice(0, -2));
  if (a.shape.length > 1) shape.push(left[left.length - 2]);
  if (b.shape.length > 1) shape.push(right[right.length - 1]);
  const result = new Tensor(shape);
  const macs = elementsOf(shape) * (Number.isNaN(inner) ? other : inner);
  recordUse(b.parameter || b.origin !== undefined ? b : a, b.parameter || b.origin !== undefined ? a : b, result, macs);
  return result;
}

/** `input: [..., I]`, `weight: [O, I]` -> `[..., O]`. */
export function linear(input: Value, weight: Value, layer?: Instance): Value {
  if (!(weight instanceof Tensor)) return weight instanceof Unknown ? weight : new Unknown('the weight is unknown');
  const [outputs, inputs] = weight.shape;
  if (!(input instanceof Tensor)) {
    recordUse(weight, input, new Tensor([NaN]), NaN, layer);
    return input instanceof Unknown ? input : new Unknown('the input is not a tensor');
  }
  const last = input.shape[input.shape.length - 1];
  if (last !== undefined && !Number.isNaN(last) && !Number.isNaN(inputs) && last !== inputs)
    throw new Raised('RuntimeError', `a linear layer for ${inputs} features got ${shapeText(input.shape)}`);
  const result = new Tensor([...input.shape.slice(0, -1), outputs]);
  recordUse(weight, input, result, elementsOf(result.shape) * inputs, layer);
  return result;
}

export interface ConvolutionSettings {
  readonly stride: Value;
  readonly padding: Value;
  readonly dilation: Value;
  readonly groups: number;
  /** The layer that computes it. */
  readonly layer?: Instance;
}

/** `input: [N, C, ...]` (or without N), `weight: [O, C / groups, ...]`. */
export function convolution(input: Value, weight: Value, settings: ConvolutionSettings): Value {
  if (!(weight instanceof Tensor)) return weight instanceof Unknown ? weight : new Unknown('the weight is unknown');
  const count = weight.shape.length - 2;
  const kernel = weight.shape.slice(2);
  const batched = batchedShape(input, weight.shape[1] * settings.groups, count);
  const { padding } = settings;
  const spatial = windowed(batched.shape.slice(2), {
    kernel,
    stride: perDimension(settings.stride, count),
    dilation: perDimension(settings.dilation, count),
    padding: padding === 'same' ? 'same' : padding === 'valid' ? kernel.map(() => 0) : perDimension(padding, count),
  });
  const shape = [batched.shape[0], weight.shape[0], ...spatial];
  const result = new Tensor(batched.added ? shape.slice(1) : shape);
  recordUse(weight, input, result, elementsOf(shape) * elementsOf(weight.shape.slice(1)), settings.layer);
  return result;
}

/** `input: [N, C, ...]`, `weight: [C, O / groups, ...]`. */
export function transposedConvolution(
  input: Value,
  weight: Value,
  settings: ConvolutionSettings & { readonly outputPadding: Value },
): Value {
  if (!(weight instanceof Tensor)) return weight instanceof Unknown ? weight : new Unknown('the weight is unknown');
  const count = weight.shape.length - 2;
  const batched = batchedShape(input, weight.shape[0], count);
  const [stride, padding, dilation, extra] = [
    settings.stride,
    settings.padding,
    settings.dilation,
    settings.outputPadding,
  ].map((value) => perDimension(value, count));
  const spatial = batched.shape
    .slice(2)
    .map(
      (size, at) =>
        (size - 1) * stride[at] - 2 * padding[at] + dilation[at] * (weight.shape[2 + at] - 1) + extra[at] + 1,
    );
  const shape = [batched.shape[0], weight.shape[1] * settings.groups, ...spatial];
  const result = new Tensor(batched.added ? shape.slice(1) : shape);
  recordUse(weight, input, result, elementsOf(batched.shape) * elementsOf(weight.shape.slice(1)), settings.layer);
  return result;
}

/** Shape with a batch dimension; an unknown input keeps the channels that the weight asks for. Throws when they differ. */
function batchedShape(input: Value, channels: number, count: number): { shape: number[]; added: boolean } {
  if (!(input instanceof Tensor)) return { shape: [1, channels, ...Array<number>(count).fill(NaN)], added: false };
  const added = input.shape.length === count + 1;
  const shape = added ? [1, ...input.shape] : [...input.shape];
  if (shape.length !== count + 2)
    throw new Raised('RuntimeError', `a convolution over ${count} dimensions got ${shapeText(input.shape)}`);
  if (shape[1] !== channels && !Number.isNaN(shape[1]) && !Number.isNaN(channels))
    throw new Raised('RuntimeError', `a convolution of ${channels} channels got ${shapeText(input.shape)}`);
  return { shape, added };
}
