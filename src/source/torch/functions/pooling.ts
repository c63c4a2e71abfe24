import { elementsOf, Tensor } from '../../values/tensor';
import { Tuple, Unknown, type Value } from '../../values/values';
import type { Bound } from '../../evaluate/signature';
import { asNumber, asNumbers, like, perDimension, windowed } from '../shapes';
import { onTensor, type FunctionTable, type TensorFunction } from './define';

/** Sizes without the first dimensions (batch, channels) and those first ones. */
function spatialOf(tensor: Tensor, count: number): { head: readonly number[]; spatial: readonly number[] } {
  const cut = Math.max(0, tensor.shape.length - count);
  return { head: tensor.shape.slice(0, cut), spatial: tensor.shape.slice(cut) };
}

/** Average and maximum pooling over `count` dimensions. */
export function pooled(tensor: Tensor, bound: Bound, count: number): Tensor {
  const { head, spatial } = spatialOf(tensor, count);
  const kernel = perDimension(bound.kernel_size, count);
  const result = windowed(spatial, {
    kernel,
    stride: bound.stride === null || bound.stride === undefined ? kernel : perDimension(bound.stride, count),
    padding: perDimension(bound.padding ?? 0, count),
    dilation: perDimension(bound.dilation ?? 1, count),
    ceil: bound.ceil_mode === true,
  });
  return like(tensor, [...head, ...result]);
}

/** Pooling to a given size; `None` keeps a dimension. */
export function adaptivePooled(tensor: Tensor, size: Value, count: number): Tensor {
  const { head, spatial } = spatialOf(tensor, count);
  const items =
    size instanceof Tuple || (size !== null && typeof size === 'object' && 'items' in size)
      ? (size as { items: readonly Value[] }).items
      : [size];
  const wanted = spatial.map((own, at) => {
    const each = items.length === 1 ? items[0] : items[at];
    return each === null ? own : asNumber(each);
  });
  return like(tensor, [...head, ...wanted]);
}

function pool(count: number): TensorFunction {
  return onTensor(
    'input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None',
    (tensor, bound) => pooled(tensor, bound, count),
  );
}

function maxPool(count: number): TensorFunction {
  return onTensor(
    'input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False',
    (tensor, bound) => {
      const result = pooled(tensor, bound, count);
      return bound.return_indices === true ? new Tuple([result, like(tensor, result.shape)]) : result;
    },
  );
}

function normPool(count: number): TensorFunction {
  return onTensor('input, norm_type, kernel_size, stride=None, ceil_mode=False', (tensor, bound) =>
    pooled(tensor, bound, count),
  );
}

function adaptive(count: number): TensorFunction {
  return onTensor('input, output_size, return_indices=False', (tensor, { output_size }) =>
    adaptivePooled(tensor, output_size, count),
  );
}

/** Resizing to a size or by a factor. */
export function interpolated(tensor: Tensor, size: Value, factor: Value): Value {
  const { head, spatial } = spatialOf(tensor, Math.max(0, tensor.shape.length - 2));
  if (size !== null && !(size instanceof Unknown)) {
    const wanted = perDimension(size, spatial.length);
    return like(tensor, [...head, ...wanted]);
  }
  const factors = perDimension(factor, spatial.length);
  return like(tensor, [...head, ...spatial.map((own, at) => Math.floor(own * factors[at]))]);
}

const interpolate = onTensor(
  "input, size=None, scale_factor=None, mode='nearest', align_corners=None, recompute_scale_factor=None, antialias=False",
  (tensor, { size, scale_factor }) => interpolated(tensor, size, scale_factor),
);

export function shuffled(tensor: Tensor, factor: number, up: boolean): Tensor {
  const rank = tensor.shape.length;
  const scale = up ? factor : 1 / factor;
  return like(
    tensor,
    tensor.shape.map((size, at) => (at === rank - 3 ? size / scale ** 2 : at > rank - 3 ? size * scale : size)),
  );
}

/** Sliding blocks as columns: `[N, C, H, W]` -> `[N, C * kernel, positions]`. */
export function unfolded(tensor: Tensor, bound: Bound): Tensor {
  const { head, spatial } = spatialOf(tensor, 2);
  const kernel = perDimension(bound.kernel_size, 2);
  const places = windowed(spatial, {
    kernel,
    stride: perDimension(bound.stride ?? 1, 2),
    padding: perDimension(bound.padding ?? 0, 2),
    dilation: perDimension(bound.dilation ?? 1, 2),
  });
  return like(tensor, [...head.slice(0, -1), head[head.length - 1] * elementsOf(kernel), elementsOf(places)]);
}

export function folded(tensor: Tensor, bound: Bound): Tensor {
  const kernel = perDimension(bound.kernel_size, 2);
  const [batch, columns] = tensor.shape;
  return like(tensor, [batch, columns / elementsOf(kernel), ...perDimension(bound.output_size, 2)]);
}

export const poolingFunctions: FunctionTable = {
  avg_pool1d: pool(1),
  avg_pool2d: pool(2),
  avg_pool3d: pool(3),
  max_pool1d: maxPool(1),
  max_pool2d: maxPool(2),
  max_pool3d: maxPool(3),
  adaptive_avg_pool1d: adaptive(1),
  adaptive_avg_pool2d: adaptive(2),
  adaptive_avg_pool3d: adaptive(3),
  adaptive_max_pool1d: adaptive(1),
  adaptive_max_pool2d: adaptive(2),
  adaptive_max_pool3d: adaptive(3),
  lp_pool1d: normPool(1),
  lp_pool2d: normPool(2),
  interpolate,
  upsample: interpolate,
  pixel_shuffle: onTensor('input, upscale_factor', (tensor, { upscale_factor }) =>
    shuffled(tensor, asNumber(upscale_factor), true),
  ),
  pixel_unshuffle: onTensor('input, downscale_factor', (tensor, { downscale_factor }) =>
    shuffled(tensor, asNumber(downscale_factor), false),
  ),
  fold: onTensor('input, output_size, kernel_size, dilation=1, padding=0, stride=1', folded),
  grid_sample: onTensor('input, grid, *args, **kwargs', (tensor, { grid }) =>
    grid instanceof Tensor ? like(tensor, [...tensor.shape.slice(0, 2), ...grid.shape.slice(1, -1)]) : grid,
  ),
  affine_grid: onTensor('theta, size, align_corners=None', (tensor, { size }) => {
    const [batch, , ...spatial] = asNumbers(size);
    return like(tensor, [batch, ...spatial, spatial.length]);
  }),
  channel_shuffle: onTensor('input, groups', (tensor) => like(tensor, tensor.shape)),
};
