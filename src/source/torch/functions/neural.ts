import { Raised } from '../../evaluate/raised';
import { elementsOf, Tensor } from '../../values/tensor';
import { Unknown, type Instance, type Value } from '../../values/values';
import { recordUse } from '../layerState';
import { convolution, linear, matmul, transposedConvolution } from '../products';
import type { Bound } from '../../evaluate/signature';
import { asNumber, broadcast, itemsOr, like } from '../shapes';
import { unfolded } from './pooling';
import { reduced } from './reduce';
import { onTensor, onValues, type FunctionTable, type TensorFunction } from './define';

const convolve: TensorFunction = onValues(
  'input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1',
  ({ input, weight, stride, padding, dilation, groups }) =>
    convolution(input, weight, { stride, padding, dilation, groups: asNumber(groups) }),
);

const convolveTransposed: TensorFunction = onValues(
  'input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1',
  ({ input, weight, stride, padding, dilation, groups, output_padding }) =>
    transposedConvolution(input, weight, {
      stride,
      padding,
      dilation,
      groups: asNumber(groups),
      outputPadding: output_padding,
    }),
);

/** A product with a second factor of this name. */
const product = (second: string): TensorFunction =>
  onValues(`input, ${second}, *, out=None`, (bound) => matmul(bound.input, bound[second]));

/** Shape of an Einstein sum: every letter's size comes from the operands. */
function einsum(equation: Value, operands: readonly Value[]): Value {
  if (typeof equation !== 'string') return new Unknown('the equation is unknown');
  const [left, right] = equation.replace(/\s/g, '').split('->');
  const inputs = left.split(',');
  const sizes = new Map<string, number>();
  let rest: readonly number[] = [];
  inputs.forEach((letters, at) => {
    const tensor = operands[at];
    if (!(tensor instanceof Tensor)) return;
    const [before, after] = letters.split('...');
    const put = (letter: string, size: number): void => {
      const known = sizes.get(letter);
      if (known === undefined || Number.isNaN(known) || known === 1) sizes.set(letter, size);
      else if (known !== size && size !== 1 && !Number.isNaN(size))
        throw new Raised('RuntimeError', `sizes of ${letter} differ in ${equation}`);
    };
    [...before].forEach((letter, place) => put(letter, tensor.shape[place]));
    if (after !== undefined) {
      const end = tensor.shape.length - after.length;
      [...after].forEach((letter, place) => put(letter, tensor.shape[end + place]));
      rest = tensor.shape.slice(before.length, end);
    }
  });
  const output =
    right ??
    [...new Set(left.replace(/[,.]/g, ''))]
      .filter((letter) => left.split(letter).length === 2)
      .sort()
      .join('');
  const shape = output
    .split(/(\.\.\.)/)
    .flatMap((part) => (part === '...' ? rest : [...part].map((letter) => sizes.get(letter) ?? NaN)));
  const result = new Tensor(shape);
  const weight = operands.find(
    (operand) => operand instanceof Tensor && (operand.parameter || operand.origin !== undefined),
  );
  // Where nothing is summed up, weights only scale.
  const sums = [...sizes.keys()].some((letter) => !output.includes(letter));
  if (weight !== undefined && sums) {
    const all = [...sizes.values()].reduce((product, size) => product * size, 1) * elementsOf(rest);
    recordUse(weight, operands.find((operand) => operand !== weight) ?? null, result, all);
  }
  return result;
}

/** One vector for each row of indices, or for each part of a sequence of them that `offsets` begin. */
export function embeddingBag({ input, weight, offsets, include_last_offset }: Bound, layer?: Instance): Value {
  if (!(weight instanceof Tensor)) return weight;
  if (!(input instanceof Tensor)) return input;
  const parts = offsets instanceof Tensor ? offsets.shape[0] - Number(include_last_offset === true) : NaN;
  const result = new Tensor([input.shape.length === 1 ? parts : input.shape[0], weight.shape[1]]);
  recordUse(weight, input, result, 0, layer);
  return result;
}

/** A tensor of the sizes of two. */
function together(tensor: Tensor, other: Value): Tensor {
  return other instanceof Tensor ? like(tensor, broadcast(tensor.shape, other.shape)) : tensor;
}

export const neuralFunctions: FunctionTable = {
  linear: onValues('input, weight, bias=None', ({ input, weight }) => linear(input, weight)),
  bilinear: onValues('input1, input2, weight, bias=None', ({ input1, weight }) => {
    if (!(input1 instanceof Tensor && weight instanceof Tensor)) return new Unknown('bilinear of unknown values');
    const result = new Tensor([...input1.shape.slice(0, -1), weight.shape[0]]);
    recordUse(weight, input1, result, elementsOf(result.shape) * weight.shape[1] * weight.shape[2]);
    return result;
  }),
  conv1d: convolve,
  conv2d: convolve,
  conv3d: convolve,
  conv_transpose1d: convolveTransposed,
  conv_transpose2d: convolveTransposed,
  conv_transpose3d: convolveTransposed,
  matmul: product('other'),
  bmm: product('mat2'),
  mm: product('mat2'),
  mv: product('vec'),
  dot: product('other'),
  addmm: onValues('input, mat1, mat2, **kwargs', ({ mat1, mat2 }) => matmul(mat1, mat2)),
  baddbmm: onValues('input, batch1, batch2, **kwargs', ({ batch1, batch2 }) => matmul(batch1, batch2)),
  einsum: onValues('equation, *operands', ({ equation, operands }, machine) => {
    const given = itemsOr(machine, operands);
    return einsum(equation, given.length === 1 && !(given[0] instanceof Tensor) ? itemsOr(machine, given[0]) : given);
  }),
  outer: onTensor('input, vec2', (tensor, { vec2 }) =>
    vec2 instanceof Tensor ? new Tensor([tensor.shape[0], vec2.shape[0]]) : vec2,
  ),
  embedding: onValues('input, weight, *args, **kwargs', ({ input, weight }) => {
    if (!(weight instanceof Tensor)) return weight;
    if (!(input instanceof Tensor)) return input;
    const result = new Tensor([...input.shape, weight.shape[1]]);
    recordUse(weight, input, result, 0);
    return result;
  }),
  embedding_bag: onValues(
    "input, weight, offsets=None, max_norm=None, norm_type=2.0, scale_grad_by_freq=False, mode='mean', sparse=False, " +
      'per_sample_weights=None, include_last_offset=False, padding_idx=None',
    (bound) => embeddingBag(bound),
  ),
  one_hot: onTensor('tensor, num_classes=-1', (tensor, { num_classes }) => {
    const classes = asNumber(num_classes);
    return new Tensor([...tensor.shape, classes < 0 ? NaN : classes], 'int64');
  }),
  scaled_dot_product_attention: onValues('query, key, value, *args, **kwargs', ({ query, value }) =>
    query instanceof Tensor && value instanceof Tensor
      ? like(query, [...query.shape.slice(0, -1), value.shape[value.shape.length - 1]])
      : query,
  ),
  unfold: onTensor('input, kernel_size, dilation=1, padding=0, stride=1', (tensor, bound) => {
    // Tensor.unfold(dimension, size, step) has numbers in the same places.
    return unfolded(tensor, bound);
  }),
  cosine_similarity: onTensor('x1, x2, dim=1, eps=1e-8', (tensor, { x2, dim }) =>
    reduced(together(tensor, x2), dim, false),
  ),
  pairwise_distance: onTensor('x1, x2, p=2.0, eps=1e-06, keepdim=False', (tensor, { x2, keepdim }) =>
    reduced(together(tensor, x2), -1, keepdim),
  ),
  cdist: onTensor('x1, x2, **kwargs', (tensor, { x2 }) =>
    x2 instanceof Tensor ? like(tensor, [...tensor.shape.slice(0, -1), x2.shape[x2.shape.length - 2]]) : x2,
  ),
};
