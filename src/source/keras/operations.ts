import type { Machine } from '../evaluate/machine';
import { tensorFunction } from '../torch/functions/table';
import { isOn } from '../torch/layers/define';
import { asNumbers, perDimension, windowed } from '../torch/shapes';
import { Tensor } from '../values/tensor';
import { List, Native, Tuple, Unknown, type Arguments, type Value } from '../values/values';

/** Functions of `keras.ops` and `tensorflow` that are PyTorch's under another name. */
const renamed: Readonly<Record<string, string>> = {
  concat: 'cat',
  concatenate: 'cat',
  reduce_mean: 'mean',
  reduce_sum: 'sum',
  reduce_max: 'amax',
  reduce_min: 'amin',
  max: 'amax',
  min: 'amin',
  transpose: 'permute',
  expand_dims: 'unsqueeze',
  add: 'add',
  multiply: 'mul',
  subtract: 'sub',
  divide: 'div',
  power: 'pow',
  negative: 'neg',
  range: 'arange',
  repeat: 'repeat_interleave',
  swapaxes: 'transpose',
};

/** Those that have the same name and the same order of arguments. */
const alike =
  'reshape stack squeeze matmul einsum zeros ones zeros_like ones_like full eye arange mean sum exp log sqrt rsqrt ' +
  'square abs sign round floor ceil sin cos erf maximum minimum where tile broadcast_to argmax argmin cumsum flip roll clip ' +
  'logical_and logical_or logical_not softmax log_softmax sigmoid tanh relu relu6 gelu silu elu selu leaky_relu softplus normalize';

const keywords: Readonly<Record<string, string>> = {
  axis: 'dim',
  keepdims: 'keepdim',
  stop: 'end',
  limit: 'end',
  delta: 'step',
};

/** Names of the tensor that is worked on, and of what PyTorch takes by position. */
const byPosition = [
  'x',
  'input',
  'inputs',
  'tensor',
  'input_tensor',
  'values',
  'xs',
  'axes',
  'perm',
  'newshape',
  'shape',
];

/** What changes no shape and has no word in PyTorch. */
const withoutShape = new Set(['name', 'output_type', 'initial']);

function translated({ positional, keywords: given }: Arguments): Arguments {
  const named = byPosition.flatMap((name) => (given.has(name) ? [given.get(name)!] : []));
  const rest = [...given].filter(([name]) => !byPosition.includes(name) && !withoutShape.has(name));
  return {
    positional: [...positional, ...named],
    keywords: new Map(rest.map(([name, value]) => [keywords[name] ?? name, value])),
  };
}

function borrowed(name: string): Native | undefined {
  const function_ = tensorFunction(renamed[name] ?? name);
  return (
    function_ &&
    new Native(name, (args: Arguments, machine: Machine): Value => function_.call(translated(args), machine))
  );
}

const first = new Native('first', ({ positional: [value = null] }) => value);

/** Without axes all dimensions are turned round. */
const transpose = new Native('transpose', (args, machine) => {
  const { positional, keywords: rest } = translated(args);
  const [tensor, axes] = positional;
  if (!(tensor instanceof Tensor)) return tensor instanceof Unknown ? tensor : new Unknown('transpose of no tensor');
  const order = axes ?? new Tuple(tensor.shape.map((_, at) => tensor.shape.length - 1 - at));
  return tensorFunction('permute')!.call({ positional: [tensor, order], keywords: rest }, machine);
});

/** `std(x, axis, keepdims)`: PyTorch has another argument between them. */
function deviation(name: string): Native {
  return new Native(name, (args, machine) => {
    const { positional, keywords: rest } = translated(args);
    const [tensor, dim = null, keepdim = false] = positional;
    const named: [string, Value][] = [
      ['dim', dim],
      ['keepdim', keepdim],
    ];
    return tensorFunction(name)!.call({ positional: [tensor], keywords: new Map([...named, ...rest]) }, machine);
  });
}

/** A number of parts, or the sizes of the parts. */
const split = new Native('split', (args, machine) => {
  const { positional, keywords: rest } = translated(args);
  const parts = positional[1] ?? rest.get('num_or_size_splits') ?? rest.get('indices_or_sections') ?? null;
  const dim = positional[2] ?? rest.get('dim') ?? 0;
  const sizes = parts instanceof List || parts instanceof Tuple;
  if (sizes && rest.has('indices_or_sections')) return new Unknown('a split at indices');
  const real = tensorFunction(sizes ? 'split' : 'chunk')!;
  return real.call({ positional: [positional[0], parts, dim], keywords: new Map() }, machine);
});

/** Matrices may be turned round before they are multiplied. */
const matmul = new Native('matmul', (args, machine) => {
  const { positional, keywords: rest } = translated(args);
  const turned = (at: number, name: string): Value => {
    const matrix = positional[at] ?? rest.get('ab'[at]) ?? null;
    if (!isOn(rest.get(name) ?? null) || !(matrix instanceof Tensor)) return matrix;
    return tensorFunction('transpose')!.call({ positional: [matrix, -1, -2], keywords: new Map() }, machine);
  };
  const matrices = [turned(0, 'transpose_a'), turned(1, 'transpose_b')];
  return tensorFunction('matmul')!.call({ positional: matrices, keywords: new Map() }, machine);
});

/** Windows of images, their pixels as channels: of `keras.ops` by `size`, of `tensorflow` by `sizes` of four dimensions. */
const extractPatches = new Native('extract_patches', ({ positional, keywords: given }) => {
  const [image = given.get('images') ?? null, size = given.get('size') ?? given.get('sizes') ?? null] = positional;
  if (!(image instanceof Tensor)) return image instanceof Unknown ? image : new Unknown('no image');
  const inner = (value: Value, count: Value): number[] => {
    const sizes = asNumbers(value ?? count);
    return sizes.length === 4 ? sizes.slice(1, 3) : perDimension(value ?? count, 2);
  };
  const window = inner(size, size);
  const stride = inner(positional[2] ?? given.get('strides') ?? null, size);
  const rate = inner(given.get('rates') ?? given.get('dilation_rate') ?? 1, 1);
  const padding = positional[4] ?? given.get('padding') ?? 'valid';
  const same = typeof padding === 'string' && padding.toLowerCase() === 'same';
  const [batch, height, width, channels] = image.shape;
  const places = windowed([height, width], {
    ...{ kernel: window, stride, dilation: rate },
    padding: same ? 'same' : [0, 0],
  });
  return new Tensor([batch, ...places, window[0] * window[1] * channels]);
});

/** Images `[N, height, width, channels]`. */
const resize = new Native('resize', ({ positional: [image, size], keywords: given }) => {
  if (!(image instanceof Tensor)) return image instanceof Unknown ? image : new Unknown('no image');
  const sizes = asNumbers(size ?? given.get('size') ?? null);
  return new Tensor([...image.shape.slice(0, -3), ...sizes, image.shape[image.shape.length - 1]]);
});

const shape = new Native('shape', ({ positional: [tensor = null] }, machine) =>
  tensor instanceof Tensor ? (machine.attribute(tensor, 'shape') ?? null) : new Unknown('shape of an unknown value'),
);

/** The functions of tensors by name, for `keras.ops`, `tensorflow` and `tensorflow.math`. */
export const operations: Readonly<Record<string, Value>> = {
  ...Object.fromEntries(
    [...Object.keys(renamed), ...alike.split(' ')].flatMap((name) => {
      const native = borrowed(name);
      return native ? [[name, native]] : [];
    }),
  ),
  ...Object.fromEntries('cast convert_to_tensor stop_gradient identity'.split(' ').map((name) => [name, first])),
  var: deviation('var'),
  std: deviation('std'),
  transpose,
  split,
  shape,
  matmul,
};

export const imageOperations: Readonly<Record<string, Value>> = { resize, extract_patches: extractPatches };
