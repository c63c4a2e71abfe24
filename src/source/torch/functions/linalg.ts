import { elementsOf, Tensor } from '../../values/tensor';
import { Unknown, type Tuple, type Value } from '../../values/values';
import { recordUse } from '../layerState';
import { matmul } from '../products';
import { asNumber, asNumbers, axis, broadcast, itemsOr, like } from '../shapes';
import { namedResult, onTensor, onValues, type FunctionTable, type TensorFunction } from './define';
import { reduced } from './reduce';

/** Sizes of a batch of matrices and of each of them. */
function matrix({ shape }: Tensor): { batch: readonly number[]; rows: number; columns: number; smaller: number } {
  const [rows = NaN, columns = NaN] = shape.slice(-2);
  return { batch: shape.slice(0, -2), rows, columns, smaller: Math.min(rows, columns) };
}

const keeping = onTensor('A, *args, **kwargs', (tensor) => like(tensor, tensor.shape));
const perMatrix = onTensor('A', (tensor) => like(tensor, matrix(tensor).batch));
const perRow = onTensor('A, *args, **kwargs', (tensor) => like(tensor, tensor.shape.slice(0, -1)));

function norm(signature: string): TensorFunction {
  return onTensor(signature, (tensor, { dim, keepdim }) => reduced(tensor, dim, keepdim));
}

const orthogonal = namedResult('Q', 'R');
function qr(tensor: Tensor, complete: boolean): Tuple {
  const { batch, rows, columns, smaller } = matrix(tensor);
  const inner = complete ? rows : smaller;
  return orthogonal(like(tensor, [...batch, rows, inner]), like(tensor, [...batch, inner, columns]));
}

const singular = namedResult('U', 'S', 'Vh');
const singularTransposed = namedResult('U', 'S', 'V');
function svd(tensor: Tensor, full: boolean): [left: Tensor, values: Tensor, right: readonly [number, number]] {
  const { batch, rows, columns, smaller } = matrix(tensor);
  return [
    like(tensor, [...batch, rows, full ? rows : smaller]),
    like(tensor, [...batch, smaller]),
    [full ? columns : smaller, columns],
  ];
}

const eigen = namedResult('eigenvalues', 'eigenvectors');
const eigenvectors = onTensor('A, *args, **kwargs', (tensor) =>
  eigen(like(tensor, tensor.shape.slice(0, -1)), like(tensor, tensor.shape)),
);

/** `torch.linalg`, where it differs from `torch`. */
export const linearAlgebra: FunctionTable = {
  norm: norm('A, ord=None, dim=None, keepdim=False, *, out=None, dtype=None'),
  vector_norm: norm('x, ord=2, dim=None, keepdim=False, *, out=None, dtype=None'),
  matrix_norm: norm("A, ord='fro', dim=(-2, -1), keepdim=False, *, out=None, dtype=None"),
  inv: keeping,
  cholesky: keeping,
  matrix_power: keeping,
  matrix_exp: keeping,
  det: perMatrix,
  pinv: onTensor('A, *args, **kwargs', (tensor) => {
    const { batch, rows, columns } = matrix(tensor);
    return like(tensor, [...batch, columns, rows]);
  }),
  solve: onValues('A, B, *, left=True, out=None', ({ A, B }) =>
    A instanceof Tensor && B instanceof Tensor
      ? B.shape.length === 1
        ? B
        : like(B, [...broadcast(matrix(A).batch, matrix(B).batch), ...B.shape.slice(-2)])
      : new Unknown('equations of unknown values'),
  ),
  qr: onTensor("A, mode='reduced'", (tensor, { mode }) => qr(tensor, mode === 'complete')),
  svd: onTensor('A, full_matrices=True, **kwargs', (tensor, { full_matrices }) => {
    const [left, values, right] = svd(tensor, full_matrices !== false);
    return singular(left, values, like(tensor, [...matrix(tensor).batch, ...right]));
  }),
  svdvals: onTensor('A, **kwargs', (tensor) => svd(tensor, false)[1]),
  eigh: eigenvectors,
  eig: eigenvectors,
  eigvalsh: perRow,
  eigvals: perRow,
  multi_dot: onValues('tensors, *, out=None', ({ tensors }, machine) => {
    const [first = new Unknown('nothing to multiply'), ...rest] = itemsOr(machine, tensors);
    return rest.reduce((product, tensor) => matmul(product, tensor), first);
  }),
};

/** A product over pairs of dimensions; counted for a parameter that takes part. */
function contracted(a: Tensor, b: Tensor, over: readonly number[], overOther: readonly number[]): Tensor {
  const kept = (tensor: Tensor, places: readonly number[]): number[] =>
    tensor.shape.filter((_, at) => !places.includes(at));
  const result = new Tensor([...kept(a, over), ...kept(b, overOther)]);
  const [weight, input] = b.parameter || b.origin !== undefined ? [b, a] : [a, b];
  recordUse(weight, input, result, elementsOf(result.shape) * elementsOf(over.map((at) => a.shape[at])));
  return result;
}

/** Of two tensors `input` and `other`. */
const ofTwo = (compute: (a: Tensor, b: Tensor) => Value): TensorFunction =>
  onValues('input, other, *, out=None', ({ input, other }) =>
    input instanceof Tensor && other instanceof Tensor
      ? compute(input, other)
      : new Unknown('a product of something else than tensors'),
  );

/** The same in `torch` itself. */
export const productFunctions: FunctionTable = {
  tensordot: onValues('a, b, dims=2, out=None', ({ a, b, dims }, machine) => {
    if (!(a instanceof Tensor && b instanceof Tensor)) return new Unknown('a product of something else than tensors');
    const count = asNumber(dims);
    if (!Number.isNaN(count)) {
      const places = Array.from({ length: count }, (_, at) => at);
      const last = a.shape.length - count;
      return contracted(
        a,
        b,
        places.map((at) => last + at),
        places,
      );
    }
    const [over, overOther] = itemsOr(machine, dims);
    if (over === undefined || overOther === undefined) return new Unknown('a product over unknown dimensions');
    const placesOf = ({ shape }: Tensor, given: Value): number[] =>
      asNumbers(given).map((place) => axis(place, shape.length));
    return contracted(a, b, placesOf(a, over), placesOf(b, overOther));
  }),
  inner: ofTwo((a, b) =>
    a.shape.length === 0 || b.shape.length === 0
      ? like(a, broadcast(a.shape, b.shape))
      : contracted(a, b, [a.shape.length - 1], [b.shape.length - 1]),
  ),
  kron: ofTwo((a, b) => {
    const rank = Math.max(a.shape.length, b.shape.length);
    const size = ({ shape }: Tensor, at: number): number => shape[at - rank + shape.length] ?? 1;
    return like(
      a,
      Array.from({ length: rank }, (_, at) => size(a, at) * size(b, at)),
    );
  }),
  block_diag: onValues('*tensors', ({ tensors }, machine) => {
    const sizes = itemsOr(machine, tensors).map((tensor) =>
      tensor instanceof Tensor ? [1, 1, ...tensor.shape].slice(-2) : [NaN, NaN],
    );
    return new Tensor([0, 1].map((at) => sizes.reduce((sum, size) => sum + size[at], 0)));
  }),
  svd: onTensor('input, some=True, compute_uv=True', (tensor, { some }) => {
    const [left, values, [rows, columns]] = svd(tensor, some === false);
    return singularTransposed(left, values, like(tensor, [...matrix(tensor).batch, columns, rows]));
  }),
  qr: onTensor('input, some=True', (tensor, { some }) => qr(tensor, some === false)),
};
