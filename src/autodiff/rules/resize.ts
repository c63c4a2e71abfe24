import { floatAttribute, intAttribute, intsAttribute, stringAttribute } from '../../onnx/attributes';
import type { NodeProto } from '../../onnx/generated/onnx_pb';
import { castTo } from '../../tensor/convert';
import { float32, sizeOf } from '../../tensor/tensor';
import { UnsupportedOperatorError } from '../errors';
import type { Scope } from '../rule';
import { sameDims } from './broadcasting';
import { constantInput } from './constants';
import { axisOf, unaryRule, type RuleEntry } from './entry';
import type { Formula } from './formula';
import { resizeTaps, type AxisResize, type Tap } from './interpolation';

const defaultCubicCoefficient = -0.75;

/** What a Resize node does along each axis. Throws for the forms that have no rule. */
function axesOfResize(node: NodeProto, scope: Scope, xDims: readonly number[], yDims: readonly number[]): AxisResize[] {
  const coordinates = stringAttribute(node, 'coordinate_transformation_mode', 'half_pixel');
  if (coordinates === 'tf_crop_and_resize') throw new UnsupportedOperatorError(node, 'resizing a region has no rule');
  if (intAttribute(node, 'antialias', 0) === 1) throw new UnsupportedOperatorError(node, 'antialiasing has no rule');
  if (stringAttribute(node, 'keep_aspect_ratio_policy', 'stretch') !== 'stretch') {
    throw new UnsupportedOperatorError(node, 'keeping the aspect ratio has no rule');
  }
  const scales = constantInput(node, scope, 2, 'scales');
  const listed = intsAttribute(node, 'axes')?.map((axis) => axisOf(axis, xDims.length));
  return xDims.map((from, axis) => {
    const to = yDims[axis];
    const given = scales?.length ? (listed ? scales[listed.indexOf(axis)] : scales[axis]) : undefined;
    return {
      from,
      to,
      scale: given ?? to / from,
      coordinates,
      mode: stringAttribute(node, 'mode', 'nearest'),
      nearest: stringAttribute(node, 'nearest_mode', 'round_prefer_floor'),
      cubicCoefficient: floatAttribute(node, 'cubic_coeff_a', defaultCubicCoefficient),
      excludeOutside: intAttribute(node, 'exclude_outside', 0) === 1,
    };
  });
}

/** Whether every element is repeated a whole number of times in place. */
function repeatsInPlace({ from, to }: AxisResize, taps: readonly Tap[][]): boolean {
  if (to % from !== 0) return false;
  return taps.every((tap, position) => tap.length === 1 && tap[0].at === Math.floor(position / (to / from)));
}

/** The transpose of the interpolation along one axis, as a product with its matrix. `dims` are those of `gradient`. */
function foldAxis(
  f: Formula,
  gradient: string,
  dims: readonly number[],
  axis: number,
  from: number,
  taps: readonly Tap[][],
): string {
  const to = taps.length;
  const result = dims.with(axis, from);
  const last = axis === dims.length - 1;
  const matrix = float32(last ? [to, from] : [from, to]);
  for (const [position, elements] of taps.entries()) {
    for (const { at, weight } of elements) matrix.data[last ? position * from + at : at * to + position] += weight;
  }
  const constant = f.builder.constant(castTo(matrix, f.type));
  if (last) return f.builder.op('MatMul', [gradient, constant]);
  const flat = f.reshape(gradient, [sizeOf(dims.slice(0, axis)), to, sizeOf(dims.slice(axis + 1))]);
  return f.reshape(f.builder.op('MatMul', [constant, flat]), result);
}

/** Resize by nearest, linear or cubic interpolation, which is a linear map along each axis: the gradient is its transpose. */
export const resizeRules: readonly RuleEntry[] = [
  unaryRule('Resize', ({ f, node, scope, dY, xDims, yDims }) => {
    const axes = axesOfResize(node, scope, xDims, yDims);
    // Where no size changes, the runtime copies whatever the scales and modes say.
    if (sameDims(xDims, yDims)) return dY;
    const taps = axes.map(resizeTaps);
    const identical = (axis: number): boolean => axes[axis].from === axes[axis].to && axes[axis].scale === 1;
    if (xDims.length === 4 && identical(0) && identical(1) && axes.every((axis, i) => repeatsInPlace(axis, taps[i]))) {
      const factors = [yDims[2] / xDims[2], yDims[3] / xDims[3]];
      const mean = f.builder.op('AveragePool', [dY], { kernel_shape: factors, strides: factors });
      return f.mul(mean, sizeOf(factors));
    }
    const dims = [...yDims];
    return axes.reduce((gradient, { from }, axis) => {
      if (identical(axis)) return gradient;
      const folded = foldAxis(f, gradient, dims, axis, from, taps[axis]);
      dims[axis] = from;
      return folded;
    }, dY);
  }),
];
