import { floatAttribute, intAttribute } from '../../onnx/attributes';
import type { NodeProto } from '../../onnx/generated/onnx_pb';
import type { BackwardScope, ForwardScope, Rule, Scope } from '../rule';
import type { NormalizationOptions } from '../rules/normalization';
import { BlockedKernels } from './kernels';
import { blockedAttribute, blockedSize, blockSizeOf, factorOf, type BlockedSize } from './operators';

const defaultEpsilon = 1e-5;
const defaultMomentum = 0.9;

interface Terms {
  readonly k: BlockedKernels;
  readonly size: BlockedSize;
  /** Channels without their filling. */
  readonly channels: number;
  readonly x: string;
  readonly y: string;
  readonly scale: string;
  readonly bias: string;
  readonly residual: string | undefined;
  readonly relu: boolean;
  readonly epsilon: number;
  /** Whether the gradient of x is handed on divided by the factor. */
  readonly divided: boolean;
  /** Names of what the forward pass leaves for the backward pass, per channel, filled up. */
  readonly mean: string;
  readonly inverse: string;
  readonly factor: string;
}

function termsOf(node: NodeProto, scope: Scope): Terms {
  const [x, scale, bias, , , residual] = node.input;
  const [y] = node.output;
  return {
    k: new BlockedKernels(scope.builder, blockSizeOf(node)),
    size: blockedSize(node, scope, x),
    channels: scope.shape(scale).dims[0],
    x,
    y,
    scale,
    bias,
    residual: residual || undefined,
    relu: intAttribute(node, blockedAttribute.relu, 0) === 1,
    epsilon: floatAttribute(node, 'epsilon', defaultEpsilon),
    mean: `${y}:mean`,
    inverse: `${y}:inverse`,
    factor: factorOf(y),
    divided: intAttribute(node, blockedAttribute.dividedGradient, 0) === 1,
  };
}

/** `y = relu(factor x + offset + residual)` */
function normalize(terms: Terms, scope: ForwardScope, mean: string, variance: string): void {
  const { k, size, channels, x, y, residual, relu } = terms;
  const keep = (value: string, name: string): string => scope.builder.op('Identity', [value], {}, { outputs: [name] });
  const inverse = keep(k.inverseDeviation(variance, terms.epsilon), terms.inverse);
  const factor = keep(k.mul(k.resizeVector(terms.scale, channels, size.channels), inverse), terms.factor);
  const kept = keep(mean, terms.mean);
  const offset = k.sub(k.resizeVector(terms.bias, channels, size.channels), k.mul(kept, factor));
  if (residual === undefined) {
    k.affine(x, factor, size.channels, { bias: offset, relu, output: y });
    return;
  }
  // The kernel adds its sum in place, after a copy on one thread when the sum is needed later, as a residual is: so the
  // residual is what passes through the kernel, and the value of our own is what it adds.
  const normalized = k.affine(x, factor, size.channels, { bias: offset });
  k.affine(residual, k.ones([size.channels]), size.channels, { sum: normalized, relu, output: y });
}

/** The gradient past ReLU, handed on to the residual input. */
function throughActivation(terms: Terms, scope: BackwardScope): string | undefined {
  const { k, y, residual, relu } = terms;
  const dY = scope.gradient(y);
  if (dY === undefined) return undefined;
  const dZ = relu ? k.mul(dY, k.positive(y)) : dY;
  if (residual !== undefined && scope.wants(residual)) scope.accumulate(residual, dZ);
  return dZ;
}

function accumulateVectors(terms: Terms, scope: BackwardScope, dScale: string, dBias: string): void {
  const { k, size, channels, scale, bias } = terms;
  if (scope.wants(scale)) scope.accumulate(scale, k.resizeVector(dScale, size.channels, channels));
  if (scope.wants(bias)) scope.accumulate(bias, k.resizeVector(dBias, size.channels, channels));
}

/** By the statistics of the batch, like `trainedBatchNorm` of the standard rules. */
const trained: Rule = {
  forward(node, scope) {
    const terms = termsOf(node, scope);
    const { k, size, channels, x } = terms;
    const [, , , runningMean, runningVariance] = node.input;
    const mean = k.channelMean(x, size);
    const variance = k.notNegative(k.sub(k.meanProduct(x, x, size), k.square(mean)));
    normalize(terms, scope, mean, variance);
    const momentum = floatAttribute(node, 'momentum', defaultMomentum);
    const count = k.elementsPerChannel(size);
    const unbiased = count > 1 ? count / (count - 1) : 1;
    const update = (running: string, batch: string, factor: number): void => {
      const ofBatch = k.mul(k.resizeVector(batch, size.channels, channels), (1 - momentum) * factor);
      scope.updateWeight(running, k.add(k.mul(running, momentum), ofBatch));
    };
    update(runningMean, mean, 1);
    update(runningVariance, variance, unbiased);
  },

  backward(node, scope) {
    const terms = termsOf(node, scope);
    const dZ = throughActivation(terms, scope);
    if (dZ === undefined) return;
    const { k, size, x, inverse, factor, mean } = terms;
    const count = k.elementsPerChannel(size);
    const meanDZ = k.channelMean(dZ, size);
    const meanDScale = k.mul(inverse, k.sub(k.meanProduct(dZ, x, size), k.mul(mean, meanDZ)));
    accumulateVectors(terms, scope, k.mul(meanDScale, count), k.mul(meanDZ, count));
    if (!scope.wants(x)) return;
    // dX = factor (dZ + slope x + offset)
    const slope = k.unary('Neg', k.mul(inverse, meanDScale));
    const offset = k.unary('Neg', k.add(meanDZ, k.mul(slope, mean)));
    if (!terms.divided) {
      const [own, constant] = [k.mul(factor, slope), k.mul(factor, offset)];
      const correction = k.affine(x, own, size.channels, { bias: constant });
      scope.accumulate(x, k.affine(dZ, factor, size.channels, { sum: correction }));
    } else if (terms.residual !== undefined && scope.wants(terms.residual)) {
      // dZ is needed again: the correction is what the kernel may write over.
      const correction = k.affine(x, slope, size.channels, { bias: offset });
      scope.accumulate(x, k.affine(dZ, k.ones([size.channels]), size.channels, { sum: correction }));
    } else {
      scope.accumulate(x, k.affine(x, slope, size.channels, { bias: offset, sum: dZ }));
    }
  },
};

/** By the running statistics, like `frozenBatchNorm` of the standard rules. */
const frozen: Rule = {
  forward(node, scope) {
    const terms = termsOf(node, scope);
    const { k, size, channels } = terms;
    const [mean, variance] = node.input.slice(3).map((value) => k.resizeVector(value, channels, size.channels));
    normalize(terms, scope, mean, variance);
  },

  backward(node, scope) {
    const terms = termsOf(node, scope);
    const dZ = throughActivation(terms, scope);
    if (dZ === undefined) return;
    const { k, size, x, inverse, factor, mean } = terms;
    if (scope.wants(terms.scale) || scope.wants(terms.bias)) {
      const count = k.elementsPerChannel(size);
      const dBias = k.mul(k.channelMean(dZ, size), count);
      const product = k.mul(k.meanProduct(dZ, x, size), count);
      accumulateVectors(terms, scope, k.mul(inverse, k.sub(product, k.mul(mean, dBias))), dBias);
    }
    if (scope.wants(x)) scope.accumulate(x, terms.divided ? dZ : k.affine(dZ, factor, size.channels, {}));
  },
};

export function blockedBatchNormalization({ batchNorm }: NormalizationOptions): Rule {
  return batchNorm === 'train' ? trained : frozen;
}
