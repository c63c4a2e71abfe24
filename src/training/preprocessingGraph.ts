import type { SampleShape } from '../data/dataset';
import type { Preprocessing } from '../data/preprocessing';
import type { GraphBuilder } from '../onnx/graphBuilder';
import { float32, type Tensor } from '../tensor/tensor';
import { TrainingError } from './errors';

/** Code of float32 in ONNX's Cast. */
const floatCode = 1;

/**
 * Writes the preprocessing into a graph: raw samples [N, C, H, W] (uint8 or float32) become (x * scale - mean) / std in
 * the preprocessing's layout. N may be open. Returns the name of the result.
 */
export function appendPreprocessing(
  builder: GraphBuilder,
  samples: string,
  sample: SampleShape,
  preprocessing: Preprocessing,
): string {
  return inLayout(builder, appendNormalization(builder, samples, sample, preprocessing), preprocessing.layout);
}

/**
 * The two sides of an image enlarger's training: `target`, the normalised samples, and `input`, the same made `factor`
 * times smaller by bicubic interpolation (a = -0.5) with a widened kernel, as super-resolution benchmarks do.
 * Throws a TrainingError when the sample can't be divided by the factor.
 */
export function appendShrinking(
  builder: GraphBuilder,
  samples: string,
  sample: SampleShape,
  preprocessing: Preprocessing,
  factor: number,
): { input: string; target: string } {
  const [height, width] = imageSize(sample, preprocessing);
  if (height % factor !== 0 || width % factor !== 0) {
    throw new TrainingError(
      `Images of ${height}x${width} can't be made ${factor} times smaller without a remainder.`,
      `Set a size in the preprocessing that ${factor} divides.`,
    );
  }
  const large = appendNormalization(builder, samples, sample, preprocessing);
  const small = builder.op('Resize', [large, '', builder.constant(float32([2], [1 / factor, 1 / factor]))], {
    mode: 'cubic',
    cubic_coeff_a: { float: -0.5 },
    antialias: 1,
    axes: [2, 3],
  });
  return {
    input: inLayout(builder, small, preprocessing.layout),
    target: inLayout(builder, large, preprocessing.layout),
  };
}

/** Height and width after the preprocessing. */
export function imageSize(sample: SampleShape, { resize }: Preprocessing): readonly [number, number] {
  return resize ?? [sample.dims[1], sample.dims[2]];
}

function appendNormalization(
  builder: GraphBuilder,
  samples: string,
  sample: SampleShape,
  { scale, mean, std, resize }: Preprocessing,
): string {
  const [channels, height, width] = sample.dims;
  let value = sample.type === 'uint8' ? builder.op('Cast', [samples], { to: floatCode }) : samples;
  if (resize && (resize[0] !== height || resize[1] !== width)) {
    const smaller = resize[0] < height || resize[1] < width;
    value = builder.op('Resize', [value, '', '', builder.ints(resize)], {
      mode: 'linear',
      axes: [2, 3],
      // Without it a much smaller image is a sample of single pixels.
      antialias: smaller ? 1 : 0,
    });
  }
  const factor = perChannel(channels, (c) => scale / pick(std, c, channels, 'std'));
  const shift = perChannel(channels, (c) => -pick(mean, c, channels, 'mean') / pick(std, c, channels, 'std'));
  if (factor.data.some((item) => item !== 1)) value = builder.op('Mul', [value, builder.constant(factor)]);
  if (shift.data.some((item) => item !== 0)) value = builder.op('Add', [value, builder.constant(shift)]);
  return value;
}

function inLayout(builder: GraphBuilder, value: string, layout: Preprocessing['layout']): string {
  return layout === 'NHWC' ? builder.op('Transpose', [value], { perm: [0, 2, 3, 1] }) : value;
}

function perChannel(channels: number, make: (channel: number) => number): Tensor<Float32Array> {
  return float32(
    [1, channels, 1, 1],
    Array.from({ length: channels }, (_, c) => make(c)),
  );
}

function pick(values: readonly number[], channel: number, channels: number, name: string): number {
  if (values.length !== 1 && values.length !== channels) {
    throw new TrainingError(
      `The preprocessing has ${values.length} values of ${name} for ${channels} channels.`,
      'Give one value for each channel, or one for all.',
    );
  }
  return values[values.length === 1 ? 0 : channel];
}
