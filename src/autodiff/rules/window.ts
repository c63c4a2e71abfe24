import { intsAttribute, stringAttribute, type AttributeValue } from '../../onnx/attributes';
import type { NodeProto } from '../../onnx/generated/onnx_pb';

/** How a kernel slides over the spatial axes; one entry per axis. */
export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly begin: readonly number[];
  readonly end: readonly number[];
}

/** Extent of the dilated kernel along each axis. */
export function reach({ kernel, dilations }: Pick<Window, 'kernel' | 'dilations'>): number[] {
  return kernel.map((size, i) => (size - 1) * dilations[i] + 1);
}

/**
 * The window of a Conv or pooling node, `auto_pad` resolved (ONNX, Conv: SAME_UPPER puts an odd pad at the end).
 * @param wide spatial sizes of the side the kernel slides over (a convolution's input)
 * @param narrow spatial sizes of the other side (a convolution's output)
 */
export function windowOf(
  node: NodeProto,
  kernel: readonly number[],
  wide: readonly number[],
  narrow: readonly number[],
): Window {
  const strides = intsAttribute(node, 'strides') ?? kernel.map(() => 1);
  const dilations = intsAttribute(node, 'dilations') ?? kernel.map(() => 1);
  const mode = stringAttribute(node, 'auto_pad', 'NOTSET');
  const rank = kernel.length;
  if (mode === 'SAME_UPPER' || mode === 'SAME_LOWER') {
    const reaches = reach({ kernel, dilations });
    const total = wide.map((size, i) => Math.max((narrow[i] - 1) * strides[i] + reaches[i] - size, 0));
    const small = total.map((pad) => Math.floor(pad / 2));
    const large = total.map((pad) => Math.ceil(pad / 2));
    const [begin, end] = mode === 'SAME_UPPER' ? [small, large] : [large, small];
    return { kernel, strides, dilations, begin, end };
  }
  const pads = (mode === 'NOTSET' && intsAttribute(node, 'pads')) || Array<number>(2 * rank).fill(0);
  return { kernel, strides, dilations, begin: pads.slice(0, rank), end: pads.slice(rank) };
}

/** The window as attributes of Conv and ConvTranspose. */
export function windowAttributes(window: Window): Record<string, AttributeValue> {
  const { kernel, strides, dilations, begin, end } = window;
  return { kernel_shape: kernel, strides, dilations, pads: [...begin, ...end] };
}

/**
 * End pads that make every step of the window end exactly at the last one: the `wide` side is then exactly what a
 * transposed convolution makes of `narrow`. Negative where elements at the end are never reached.
 */
export function exactEnd(window: Window, wide: readonly number[], narrow: readonly number[]): number[] {
  const reaches = reach(window);
  return wide.map((size, i) => window.strides[i] * (narrow[i] - 1) + reaches[i] - window.begin[i] - size);
}
