/** How Resize computes one axis of its result from one axis of its input (ONNX, Resize 18), in the runtime's precision. */
export interface AxisResize {
  readonly from: number;
  readonly to: number;
  readonly scale: number;
  readonly coordinates: string;
  readonly mode: string;
  readonly nearest: string;
  /** Coefficient of the cubic kernel. */
  readonly cubicCoefficient: number;
  readonly excludeOutside: boolean;
}

/** Weight of an input element in a result element. */
export interface Tap {
  readonly at: number;
  readonly weight: number;
}

/** What each of the `to` elements of the result is made of. */
export function resizeTaps(axis: AxisResize): Tap[][] {
  return Array.from({ length: axis.to }, (_, position) => {
    const x = sourceCoordinate(axis, position);
    if (axis.mode === 'nearest') return [{ at: clamp(nearestIndex(axis.nearest, x), axis.from), weight: 1 }];
    return axis.mode === 'linear' ? linearTaps(axis, x) : cubicTaps(axis, x);
  });
}

/** Coordinate in the input of a result element. Single precision decides ties as the runtime does. */
function sourceCoordinate({ from, to, scale, coordinates }: AxisResize, position: number): number {
  const { fround } = Math;
  switch (coordinates) {
    case 'asymmetric':
      return fround(position / fround(scale));
    case 'align_corners':
      return to === 1 ? 0 : fround(fround(position * (from - 1)) / (to - 1));
    case 'pytorch_half_pixel':
      if (to === 1) return 0;
      break;
  }
  return fround(fround((position + 0.5) / fround(scale)) - 0.5);
}

function nearestIndex(mode: string, x: number): number {
  switch (mode) {
    case 'floor':
      return Math.floor(x);
    case 'ceil':
      return Math.ceil(x);
    case 'round_prefer_ceil':
      return Math.floor(x + 0.5);
    default:
      return Math.ceil(x - 0.5);
  }
}

function clamp(index: number, size: number): number {
  return Math.min(Math.max(index, 0), size - 1);
}

function linearTaps({ from }: AxisResize, x: number): Tap[] {
  const inside = Math.min(Math.max(x, 0), from - 1);
  const low = Math.floor(inside);
  const rest = inside - low;
  return [
    { at: low, weight: 1 - rest },
    { at: clamp(low + 1, from), weight: rest },
  ];
}

/** Cubic convolution (Keys 1981), four taps; those outside repeat the edge or are left out. */
function cubicTaps({ from, cubicCoefficient: a, excludeOutside }: AxisResize, x: number): Tap[] {
  const low = Math.floor(x);
  const kernel = (distance: number): number => {
    const d = Math.abs(distance);
    if (d <= 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
    return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
  };
  const taps = [low - 1, low, low + 1, low + 2].map((at) => ({ at, weight: kernel(x - at) }));
  if (!excludeOutside) return taps.map(({ at, weight }) => ({ at: clamp(at, from), weight }));
  const inside = taps.filter(({ at }) => at >= 0 && at < from);
  const total = inside.reduce((sum, { weight }) => sum + weight, 0);
  return inside.map(({ at, weight }) => ({ at, weight: weight / total }));
}
