import { stringAttribute } from '../../onnx/attributes';
import type { NodeProto } from '../../onnx/generated/onnx_pb';
import type { Rule, Scope } from '../rule';
import { BlockedKernels } from './kernels';
import {
  packNarrowWeights,
  packWeights,
  pickBackwardTaps,
  pickTaps,
  scaleOutputs,
  unpackGradient,
  unpackNarrowGradient,
  type WeightSize,
} from './convolutionWeights';
import { blockedAttribute, blockedSize, blockSizeOf, type BlockedSize } from './operators';
import { gradientOfWeights } from './weightGradient';

/** A convolution of stride 1 over one input; a strided one is a sum of several. */
export interface ConvolutionPart {
  readonly x: string;
  /** Positions, in row-major order of the whole kernel, of the taps that see this input. */
  readonly taps: readonly number[];
  readonly kernel: readonly [height: number, width: number];
  readonly pads: readonly [top: number, left: number, bottom: number, right: number];
}

interface Terms {
  readonly k: BlockedKernels;
  readonly parts: readonly ConvolutionPart[];
  readonly weights: string;
  readonly bias: string | undefined;
  readonly weightSize: WeightSize;
  readonly narrow: boolean;
  readonly output: BlockedSize;
  readonly packed: string;
  /** What dY has to be multiplied by, per channel; '' when it is the gradient itself. */
  readonly divisor: string;
}

function termsOf(node: NodeProto, scope: Scope): Terms {
  const blockSize = blockSizeOf(node);
  // Phases come as four inputs, the last of which is missing for kernels that see only the first.
  const phased = node.input.length > 3;
  const [weights, bias] = phased ? node.input.slice(4) : node.input.slice(1);
  const [outputs, inputs, height, width] = scope.shape(weights).dims;
  const x = node.input[0];
  return {
    k: new BlockedKernels(scope.builder, blockSize),
    parts: phased ? phaseParts(node.input, height) : [wholePart(x, height, width)],
    weights,
    bias: bias || undefined,
    weightSize: { outputs, inputs, kernel: [height, width], blockSize },
    narrow: scope.shape(x).dims[1] < blockSize,
    output: blockedSize(node, scope, node.output[0]),
    packed: `${node.output[0]}:weights`,
    divisor: stringAttribute(node, blockedAttribute.dividedGradient, ''),
  };
}

function wholePart(x: string, height: number, width: number): ConvolutionPart {
  const [top, left] = [height >> 1, width >> 1];
  const taps = Array.from({ length: height * width }, (_, tap) => tap);
  return { x, taps, kernel: [height, width], pads: [top, left, top, left] };
}

/**
 * Stride 2 as convolutions of stride 1 over the phases. Along one axis, output i of a kernel of three sees 2i - 1, 2i and
 * 2i + 1: the second is entry i of the even phase, the others are entries i - 1 and i of the odd one.
 */
function phaseParts(inputs: readonly string[], kernel: number): ConvolutionPart[] {
  if (kernel === 1) return [{ x: inputs[0], taps: [0], kernel: [1, 1], pads: [0, 0, 0, 0] }];
  const alongAxis = [
    { taps: [1], pad: 0 },
    { taps: [0, 2], pad: 1 },
  ];
  return alongAxis.flatMap((row, i) =>
    alongAxis.map((column, j): ConvolutionPart => ({
      x: inputs[2 * i + j],
      taps: row.taps.flatMap((u) => column.taps.map((v) => 3 * u + v)),
      kernel: [row.taps.length, column.taps.length],
      pads: [row.pad, column.pad, 0, 0],
    })),
  );
}

/**
 * Convolution in the blocked layout. Weights are packed within the step. The weight gradient is a convolution of the
 * input, images and channels exchanged, with dY itself as the filter (see `weightGradient.ts`).
 */
export const blockedConvolution: Rule = {
  forward(node, scope) {
    const terms = termsOf(node, scope);
    const { k, weightSize, parts, output } = terms;
    const { blockSize, outputs } = weightSize;
    const bias = terms.bias && k.resizeVector(terms.bias, outputs, output.channels);
    const pack = terms.narrow ? packNarrowWeights : packWeights;
    const packed = scope.builder.op('Identity', [pack(k, terms.weights, weightSize)], {}, { outputs: [terms.packed] });
    let sum: string | undefined;
    for (const [i, { x, taps, kernel, pads }] of parts.entries()) {
      const last = i === parts.length - 1;
      const weights = terms.narrow
        ? k.reshape(packed, [output.channels, weightSize.inputs, ...kernel])
        : pickTaps(k, packed, weightSize, taps, kernel);
      const options = { kernel, pads, step: blockSize, sum, bias: last ? bias : undefined };
      sum = k.convolve(x, weights, options, last ? node.output[0] : undefined);
    }
  },

  backward(node, scope) {
    const dY = scope.gradient(node.output[0]);
    if (dY === undefined) return;
    const terms = termsOf(node, scope);
    const { k, weightSize, parts, output, bias, divisor } = terms;
    const wanted = parts.some(({ x }) => scope.wants(x));
    const packed = divisor && wanted ? scaleOutputs(k, terms.packed, weightSize, divisor) : terms.packed;
    for (const { x, taps, kernel, pads } of parts) {
      if (!scope.wants(x)) continue;
      const weights = pickBackwardTaps(k, packed, weightSize, taps, kernel);
      const [top, left, bottom, right] = pads;
      const [height, width] = [kernel[0] - 1, kernel[1] - 1];
      const options = {
        kernel,
        pads: [height - top, width - left, height - bottom, width - right] as const,
        step: weightSize.blockSize,
        sum: scope.take(x),
      };
      scope.accumulate(x, k.convolve(dY, weights, options));
    }
    if (scope.wants(terms.weights)) {
      const gradient = gradientOfWeights(k, parts, dY, {
        input: blockedSize(node, scope, parts[0].x),
        output,
        narrow: terms.narrow,
      });
      const unpack = terms.narrow ? unpackNarrowGradient : unpackGradient;
      const unpacked = unpack(k, gradient, weightSize);
      const factors = divisor && k.resizeVector(divisor, output.channels, weightSize.outputs);
      const scaled = divisor ? k.mul(unpacked, k.reshape(factors, [weightSize.outputs, 1, 1, 1])) : unpacked;
      scope.accumulate(terms.weights, scaled);
    }
    if (bias && scope.wants(bias)) {
      const sum = k.mul(k.channelMean(dY, output), k.elementsPerChannel(output));
      const scaled = divisor ? k.mul(sum, divisor) : sum;
      scope.accumulate(bias, k.resizeVector(scaled, output.channels, weightSize.outputs));
    }
  },
};
