import { Tensor } from '../../values/tensor';
import { Float, List, Tuple, Unknown, type Value } from '../../values/values';
import { asNumber, asNumbers, axis, like } from '../shapes';
import { elementwise, rounded } from '../tensorOperators';
import { namedResult, onTensor, type FunctionTable, type TensorFunction } from './define';

const valuesAndIndices = namedResult('values', 'indices');
/** Values with their places, as `max` over a dimension gives them. */
function found(values: Tensor): Tuple {
  return valuesAndIndices(values, new Tensor(values.shape, 'int64'));
}

export function reduced(tensor: Tensor, dim: Value, keep: Value): Tensor {
  const rank = tensor.shape.length;
  const given = dim === null ? [] : asNumbers(dim).map((place) => axis(place, rank));
  const places = given.length === 0 ? tensor.shape.map((_, at) => at) : given;
  const shape =
    keep === true
      ? tensor.shape.map((size, at) => (places.includes(at) ? 1 : size))
      : tensor.shape.filter((_, at) => !places.includes(at));
  const result = like(tensor, shape);
  result.origin = tensor.parameter ? tensor : tensor.origin;
  return result;
}

function reduction(compute?: (data: readonly number[]) => number): TensorFunction {
  return onTensor('input, dim=None, keepdim=False, *, dtype=None, out=None', (tensor, { dim, keepdim }) => {
    const { data } = tensor;
    if (compute !== undefined && data !== undefined && keepdim !== true && (dim === null || tensor.shape.length === 1))
      return new Tensor([], tensor.dtype, [rounded(compute(data), tensor.dtype)]);
    return reduced(tensor, dim, keepdim);
  });
}

/** Deviations, whose first argument may also say how they are estimated. */
function deviation(result: (one: Tensor) => Value): TensorFunction {
  return onTensor(
    'input, dim=None, unbiased=True, keepdim=False, *, correction=1, out=None',
    (tensor, { dim, keepdim }) => result(reduced(tensor, typeof dim === 'boolean' ? null : dim, keepdim)),
  );
}
const deviations = deviation((one) => one);
/** With the mean. */
const twice = deviation((one) => new Tuple([one, one]));

/** `max` and its like: with a dimension they give values and places, with another tensor they choose by element. */
function extreme(compute: (...values: number[]) => number): TensorFunction {
  return onTensor('input, dim=None, keepdim=False, *, other=None, out=None', (tensor, { dim, keepdim, other }) => {
    const second = other ?? dim;
    if (second instanceof Tensor) return elementwise(tensor, second, tensor.dtype, (a, b) => compute(a, b));
    if (dim !== null) {
      const values = reduced(tensor, dim, keepdim);
      return found(values);
    }
    const { data } = tensor;
    return new Tensor([], tensor.dtype, data === undefined ? undefined : [compute(...data)]);
  });
}

const extremes = namedResult('min', 'max');

const total = (data: readonly number[]): number => data.reduce((sum, value) => sum + value, 0);

function topk(tensor: Tensor, k: Value, dim: Value): Value {
  const at = axis(dim, tensor.shape.length);
  const shape = tensor.shape.map((size, place) => (place === at ? asNumber(k) : size));
  return found(like(tensor, shape));
}

export const reduceFunctions: FunctionTable = {
  sum: reduction(total),
  mean: reduction((data) => total(data) / data.length),
  nanmean: reduction(),
  prod: reduction((data) => data.reduce((product, value) => product * value, 1)),
  std: deviations,
  var: deviations,
  norm: onTensor("input, p='fro', dim=None, keepdim=False, out=None, dtype=None", (tensor, { dim, keepdim }) =>
    reduced(tensor, dim, keepdim),
  ),
  logsumexp: reduction(),
  amax: reduction(),
  amin: reduction(),
  argmax: reduction(),
  argmin: reduction(),
  any: reduction((data) => Number(data.some((value) => value !== 0))),
  all: reduction((data) => Number(data.every((value) => value !== 0))),
  max: extreme(Math.max),
  min: extreme(Math.min),
  median: extreme(Math.max),
  nanmedian: extreme(Math.max),
  mode: extreme(Math.max),
  nansum: reduction(),
  count_nonzero: reduction(),
  aminmax: onTensor('input, *, dim=None, keepdim=False, out=None', (tensor, { dim, keepdim }) => {
    const one = reduced(tensor, dim, keepdim);
    return extremes(one, one);
  }),
  std_mean: twice,
  var_mean: twice,
  kthvalue: onTensor('input, k, dim=-1, keepdim=False', (tensor, { dim, keepdim }) => {
    const values = reduced(tensor, dim, keepdim);
    return found(values);
  }),
  topk: onTensor('input, k, dim=-1, *args, **kwargs', (tensor, { k, dim }) => topk(tensor, k, dim)),
  sort: onTensor('input, dim=-1, descending=False, **kwargs', (tensor) => found(like(tensor, tensor.shape))),
  argsort: onTensor('input, *args, **kwargs', (tensor) => new Tensor(tensor.shape, 'int64')),
  cumsum: onTensor('input, dim=0, **kwargs', (tensor) => {
    let sum = 0;
    const data = tensor.shape.length === 1 ? tensor.data?.map((value) => (sum += value)) : undefined;
    return new Tensor(tensor.shape, tensor.dtype, data);
  }),
  diff: onTensor('input, n=1, dim=-1', (tensor, { n, dim }) => {
    const { data } = tensor;
    const rank = tensor.shape.length;
    const last = axis(dim, rank);
    const shape = tensor.shape.map((size, at) => (at === last ? size - asNumber(n) : size));
    return new Tensor(
      shape,
      tensor.dtype,
      rank === 1 && n === 1 ? data?.slice(1).map((value, at) => value - data[at]) : undefined,
    );
  }),
  item: onTensor('input', (tensor) => {
    const [value] = tensor.data ?? [];
    if (value === undefined) return new Unknown('a value computed by the model');
    return tensor.dtype === 'float32' ? new Float(value) : tensor.dtype === 'bool' ? value !== 0 : value;
  }),
  tolist: onTensor('input', (tensor) => {
    const { data, shape } = tensor;
    if (data === undefined || shape.length > 1) return new Unknown('values computed by the model');
    return new List(data.map((value) => (tensor.dtype === 'float32' ? new Float(value) : value)));
  }),
  numpy: onTensor('input, **kwargs', (tensor) => tensor),
};
