import { roundHalfEven } from '../../library/builtins';
import { Tensor } from '../../values/tensor';
import { Unknown, type Value } from '../../values/values';
import { elementwise as combined, mapped, tensorBinary } from '../tensorOperators';
import { same } from '../shapes';
import { onTensor, onValues, type FunctionTable, type TensorFunction } from './define';

/** Functions that keep the shape and whose values nobody needs here. */
const keeping =
  'relu relu_ relu6 gelu silu sigmoid sigmoid_ tanh tanh_ leaky_relu leaky_relu_ elu elu_ selu celu hardswish hardsigmoid ' +
  'hardtanh hardtanh_ mish softplus softsign logsigmoid softmax log_softmax softmin dropout dropout_ dropout1d dropout2d ' +
  'dropout3d alpha_dropout feature_alpha_dropout normalize layer_norm batch_norm instance_norm group_norm rms_norm ' +
  'local_response_norm erf sin cos tan square reciprocal rsqrt clone detach detach_ contiguous cuda cpu double ' +
  'half bfloat16 requires_grad_ zero_ fill_ normal_ uniform_ trunc_normal_ bernoulli_ bernoulli exponential_ copy_ masked_fill masked_fill_ ' +
  'clamp clamp_ clip triu tril cumprod roll flip fliplr flipud prelu rrelu threshold gumbel_softmax nan_to_num ' +
  'to type_as type pin_memory share_memory_ stochastic_depth xavier_uniform_ kaiming_normal_ add_ sub_ mul_ div_ ' +
  'addcmul addcdiv lerp sort_ scatter scatter_ scatter_add scatter_add_ index_fill index_copy index_add exp_ log_ sqrt_ pow_ quantize_per_tensor ' +
  'fake_quantize_per_tensor_affine data_ptr_ logical_not logical_and logical_or drop_path zeros_like ones_like rand_like randn_like empty_like full_like ' +
  'sinc atan acos asin sinh cosh erfinv erfc expm1 log1p exp2 logit sgn positive frac sin_ cos_ rsqrt_ abs_ square_ erf_ ' +
  'tanhshrink hardshrink softshrink silu_ gelu_ mish_ hardswish_ tril_ triu_ random_ logcumsumexp nan_to_num_ addcmul_ ' +
  'addcdiv_ lerp_ index_fill_ fill_diagonal_ index_add_ index_put index_put_ index_copy_ masked_scatter masked_scatter_ ' +
  'scatter_reduce scatter_reduce_ select_scatter slice_scatter digamma lgamma poisson real imag angle conj clip_ renorm ' +
  'bitwise_not inverse cholesky matrix_exp astype feature_dropout bucketize char';

/** Functions whose values count, for tensors made of literals. */
const computing: Record<string, (value: number) => number> = {
  exp: Math.exp,
  log: Math.log,
  log2: Math.log2,
  log10: Math.log10,
  sqrt: Math.sqrt,
  abs: Math.abs,
  neg: (value) => -value,
  sign: Math.sign,
  round: (value) => roundHalfEven(value),
  floor: Math.floor,
  ceil: Math.ceil,
  trunc: Math.trunc,
  float: (value) => value,
};

const whole = ['int', 'long', 'bool', 'short', 'byte'];

function combination(op: string): TensorFunction {
  return onValues('input, other, *, alpha=1, rounding_mode=None, out=None', ({ input, other }) =>
    tensorBinary(op, input, other),
  );
}

/** Functions of two tensors whose values nobody needs here. */
const pairing =
  'atan2 hypot logaddexp logaddexp2 bitwise_and bitwise_or bitwise_xor logical_xor fmax fmin xlogy polar complex cross';

function chosen(compute?: (a: number, b: number) => number): TensorFunction {
  return onValues('input, other, *, dim=None, out=None', ({ input, other }) =>
    input instanceof Tensor && other instanceof Tensor
      ? combined(input, other, input.dtype, compute)
      : input instanceof Unknown
        ? input
        : other,
  );
}

function makeTable(): Record<string, TensorFunction> {
  const table: Record<string, TensorFunction> = {};
  const keep = onTensor('input, *args, **kwargs', (tensor) => {
    const kept = same(tensor);
    return kept.data === undefined ? kept : new Tensor(kept.shape, kept.dtype);
  });
  for (const name of keeping.split(/\s+/)) table[name] = keep;
  for (const name of ['clone', 'detach', 'contiguous', 'to', 'cuda', 'cpu', 'requires_grad_', 'type_as'])
    table[name] = onTensor('input, *args, **kwargs', (tensor) => same(tensor));
  for (const [name, compute] of Object.entries(computing))
    table[name] = onTensor('input, *args, **kwargs', (tensor) => mapped(tensor, compute));
  for (const name of whole)
    table[name] = onTensor('input, *args, **kwargs', (tensor) =>
      mapped(tensor, name === 'bool' ? (value) => Number(value !== 0) : Math.trunc, name === 'bool' ? 'bool' : 'int64'),
    );
  const operators = {
    add: '+',
    sub: '-',
    mul: '*',
    div: '/',
    pow: '**',
    fmod: '%',
    remainder: '%',
    floor_divide: '//',
  };
  for (const [name, op] of Object.entries(operators)) table[name] = combination(op);
  Object.assign(table, { subtract: table.sub, multiply: table.mul, divide: table.div, true_divide: table.div });
  for (const [name, op] of Object.entries({ add_: '+', sub_: '-', mul_: '*', div_: '/' }))
    table[name] = combination(op);
  const comparisons = { eq: '==', ne: '!=', lt: '<', le: '<=', gt: '>', ge: '>=' };
  for (const [name, op] of Object.entries(comparisons))
    table[name] = ['input, other', ({ input, other }) => tensorBinary(op, input, other)];
  for (const name of pairing.split(' ')) table[name] = chosen();
  for (const name of ['isnan', 'isinf', 'isfinite', 'isneginf', 'isposinf'])
    table[name] = onTensor('input', (tensor) => new Tensor(tensor.shape, 'bool'));
  table.maximum = chosen(Math.max);
  table.minimum = chosen(Math.min);
  table.where = [
    'condition, input=None, other=None',
    ({ condition, input, other }): Value => {
      const parts = [condition, input, other].filter((part) => part instanceof Tensor);
      if (parts.length === 0) return new Unknown('where without tensors');
      return parts.reduce((all, part) => combined(all, part, 'float32'));
    },
  ];
  table.glu = onTensor('input, dim=-1', (tensor, { dim }) => {
    const at = typeof dim === 'number' ? (dim + tensor.shape.length) % tensor.shape.length : -1;
    return new Tensor(tensor.shape.map((size, place) => (place === at ? size / 2 : size)));
  });
  return table;
}

export const elementwiseFunctions: FunctionTable = makeTable();
