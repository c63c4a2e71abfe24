import { DataError } from './errors';
import type { ImageLayout } from './numberColumn';

/** Channel counts that images have: grey, RGB, RGB with alpha. */
const channelCounts = [1, 3, 4];

/**
 * How the samples of an array [N, ...] are images: [N, H, W], [N, C, H, W], [N, H, W, C] or, for plain features, [N, F]
 * as F channels of one pixel. Of four dimensions, the one that can be a channel count says which; with both or neither,
 * planes are taken.
 */
export function imageLayout(path: string, shape: readonly number[], wanted?: 'NCHW' | 'NHWC'): ImageLayout {
  const [, a, b, c] = shape;
  if (shape.length === 2) return { dims: [a, 1, 1], channelsLast: false };
  if (shape.length === 3) return { dims: [1, a, b], channelsLast: false };
  if (shape.length === 4) {
    const channelsLast =
      wanted === undefined ? channelCounts.includes(c) && !channelCounts.includes(a) : wanted === 'NHWC';
    return channelsLast ? { dims: [c, a, b], channelsLast } : { dims: [a, b, c], channelsLast };
  }
  throw new DataError(
    `The samples in ${path} have the shape ${shape.join('x')}.`,
    'Samples are arrays [N, H, W], [N, C, H, W], [N, H, W, C] or [N, F].',
  );
}
