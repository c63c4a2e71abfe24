import { Tensor } from '../../values/tensor';
import { Unknown, type Value } from '../../values/values';
import { asNumber, asNumbers, axis, like } from '../shapes';
import { onTensor, onValues, type FunctionTable, type TensorFunction } from './define';

/** The tensor with other sizes at some places. */
function resized(tensor: Tensor, places: readonly number[], sizes: readonly number[]): Tensor {
  const shape = [...tensor.shape];
  places.forEach((place, at) => (shape[axis(place, shape.length)] = sizes[at] ?? NaN));
  return like(tensor, shape);
}

type Size = (given: number, last: boolean) => number;

/** Sizes after a transform: those of `s` where it is given; the last one by `size`. */
function transform(signature: string, usual: readonly number[] | undefined, size: Size): TensorFunction {
  return onTensor(signature, (tensor, { n, s, dim }) => {
    const given: Value = n ?? s ?? null;
    const sizes = given === null ? undefined : asNumbers(given);
    const all = tensor.shape.map((_, at) => at).slice(sizes === undefined ? 0 : -sizes.length);
    const places = dim === null || dim === undefined ? (usual ?? all) : asNumbers(dim);
    return resized(
      tensor,
      places,
      places.map((place, at) => {
        const last = at === places.length - 1;
        return sizes === undefined
          ? size(tensor.shape[axis(place, tensor.shape.length)], last)
          : last && size !== inverse
            ? size(sizes[at], last)
            : sizes[at];
      }),
    );
  });
}

const same: Size = (given) => given;
const real: Size = (given, last) => (last ? Math.floor(given / 2) + 1 : given);
const inverse: Size = (given, last) => (last ? 2 * (given - 1) : given);

const one = 'input, n=None, dim=-1, norm=None';
const two = 'input, s=None, dim=None, norm=None';

/** `torch.fft`. */
export const fourier: FunctionTable = {
  ...Object.fromEntries(['fft', 'ifft'].map((name) => [name, transform(one, [-1], same)])),
  ...Object.fromEntries(['fft2', 'ifft2'].map((name) => [name, transform(two, [-2, -1], same)])),
  ...Object.fromEntries(['fftn', 'ifftn'].map((name) => [name, transform(two, undefined, same)])),
  rfft: transform(one, [-1], real),
  rfft2: transform(two, [-2, -1], real),
  rfftn: transform(two, undefined, real),
  irfft: transform(one, [-1], inverse),
  irfft2: transform(two, [-2, -1], inverse),
  irfftn: transform(two, undefined, inverse),
  fftshift: onTensor('input, dim=None', (tensor) => like(tensor, tensor.shape)),
  ifftshift: onTensor('input, dim=None', (tensor) => like(tensor, tensor.shape)),
  fftfreq: onValues('n, d=1.0, **kwargs', ({ n }) => new Tensor([asNumber(n)])),
  rfftfreq: onValues('n, d=1.0, **kwargs', ({ n }) => new Tensor([real(asNumber(n), true)])),
};

/** Complex numbers and spectra in `torch` itself. */
export const spectralFunctions: FunctionTable = {
  view_as_complex: onTensor('input', (tensor) => like(tensor, tensor.shape.slice(0, -1))),
  view_as_real: onTensor('input', (tensor) => like(tensor, [...tensor.shape, 2])),
  stft: onTensor(
    "input, n_fft, hop_length=None, win_length=None, window=None, center=True, pad_mode='reflect', normalized=False, " +
      'onesided=None, return_complex=None',
    (tensor, { n_fft, hop_length, center, onesided, return_complex }) => {
      const bins = asNumber(n_fft);
      const hop = hop_length === null ? Math.floor(bins / 4) : asNumber(hop_length);
      const length = tensor.shape[tensor.shape.length - 1] + (center === false ? 0 : 2 * Math.floor(bins / 2));
      const shape = [
        ...tensor.shape.slice(0, -1),
        onesided === false ? bins : Math.floor(bins / 2) + 1,
        Math.floor((length - bins) / hop) + 1,
      ];
      return like(tensor, return_complex === true ? shape : [...shape, 2]);
    },
  ),
  istft: onTensor(
    'input, n_fft, hop_length=None, win_length=None, window=None, center=True, normalized=False, onesided=None, ' +
      'length=None, return_complex=False',
    (tensor, { n_fft, hop_length, center, length }) => {
      const bins = asNumber(n_fft);
      const hop = hop_length === null ? Math.floor(bins / 4) : asNumber(hop_length);
      // Bins and frames come last, complex numbers being one each.
      const frames = tensor.shape[tensor.shape.length - 1];
      const whole = hop * (frames - 1) + (center === false ? bins : bins - 2 * Math.floor(bins / 2));
      return like(tensor, [...tensor.shape.slice(0, -2), length === null ? whole : asNumber(length)]);
    },
  ),
  ...Object.fromEntries(
    ['hann_window', 'hamming_window', 'blackman_window', 'bartlett_window', 'kaiser_window'].map((name) => [
      name,
      onValues('window_length, *args, **kwargs', ({ window_length }) =>
        window_length instanceof Unknown ? window_length : new Tensor([asNumber(window_length)]),
      ),
    ]),
  ),
};
