import { float, floatAttribute, intAttribute } from '../../onnx/attributes';
import type { NodeProto } from '../../onnx/generated/onnx_pb';
import { sizeOf } from '../../tensor/tensor';
import { UnsupportedOperatorError } from '../errors';
import type { BackwardScope, ForwardScope, Rule } from '../rule';
import { accumulateReduced } from './broadcasting';
import { axisOf, type RuleEntry } from './entry';
import { Formula } from './formula';

const defaultEpsilon = 1e-5;
const defaultMomentum = 0.9;

export interface NormalizationOptions {
  /**
   * 'train': normalise by the statistics of the batch and update the running ones; 'frozen': normalise by the running
   * statistics, as inference does, and leave them alone.
   */
  readonly batchNorm: 'train' | 'frozen';
}

/** Names under which the forward pass of a node leaves statistics for its backward pass. */
const statistic = (node: NodeProto, name: string): string => `${node.output[0]}:${name}`;

/** The axes of `[N, C, ...S]` but the channels. */
const withoutChannels = (dims: readonly number[]): number[] => dims.flatMap((_, axis) => (axis === 1 ? [] : [axis]));

/** A per-channel value `[C]` in a shape that is broadcast over `[N, C, ...S]`. */
function perChannel(f: Formula, value: string, dims: readonly number[]): string {
  return f.reshape(
    value,
    dims.map((dim, axis) => (axis === 1 ? dim : 1)),
  );
}

/**
 * BatchNormalization, `X: [N, C, ...S]`, by the statistics of the batch. The running variance takes up the unbiased
 * variance `M / (M - 1) var` (`M` elements per channel) as PyTorch does, where the ONNX text says the biased one, so that
 * a model trained here and one trained there evaluate alike.
 */
const trainedBatchNorm: Rule = {
  forward(node, scope) {
    const [x, scale, bias, mean, variance] = node.input;
    const { dims } = scope.shape(x);
    const f = Formula.of(scope, x);
    const momentum = floatAttribute(node, 'momentum', defaultMomentum);
    const batchMean = statistic(node, 'mean');
    const batchVariance = statistic(node, 'variance');
    // Momentum 0 makes the second and third result the statistics of the batch alone. The runtime writes them over the
    // last two inputs, which therefore are values that nothing else reads: made from x, since those made from constants
    // alone become constants, and equal ones become one.
    const others = withoutChannels(dims);
    const first = f.slice(
      x,
      others,
      others.map(() => 0),
      others.map(() => 1),
    );
    const start = f.reshape(first, [dims[1]]);
    scope.builder.ops(
      3,
      'BatchNormalization',
      [x, scale, bias, f.mul(start, 0), f.sub(start, start)],
      { training_mode: 1, momentum: float(0), epsilon: float(floatAttribute(node, 'epsilon', defaultEpsilon)) },
      { outputs: [node.output[0], batchMean, batchVariance], name: node.name },
    );
    const count = sizeOf(dims) / dims[1];
    const unbiased = count > 1 ? f.mul(batchVariance, count / (count - 1)) : batchVariance;
    update(scope, f, momentum, [mean, batchMean, node.output[1]]);
    update(scope, f, momentum, [variance, unbiased, node.output[2]]);
  },

  backward(node, scope) {
    refuseStatistics(node, scope);
    const [x, scale, bias] = node.input;
    const dY = scope.gradient(node.output[0]);
    if (dY === undefined) return;
    const f = Formula.of(scope, x);
    const { dims } = scope.shape(x);
    const axes = withoutChannels(dims);
    const inverse = f.inverseDeviation(statistic(node, 'variance'), floatAttribute(node, 'epsilon', defaultEpsilon));
    // Centred first: sum(dY x) - mean sum(dY) loses all digits where the mean is large.
    const centred = f.sub(x, perChannel(f, statistic(node, 'mean'), dims));
    const sumDY = f.sum(dY, axes);
    const dScale = f.mul(f.sum(f.mul(dY, centred), axes), inverse);
    if (scope.wants(scale)) scope.accumulate(scale, dScale);
    if (scope.wants(bias)) scope.accumulate(bias, sumDY);
    if (!scope.wants(x)) return;
    const factor = f.mul(scale, inverse);
    const count = sizeOf(dims) / dims[1];
    const slope = f.mul(f.mul(factor, f.mul(inverse, dScale)), -1 / count);
    const offset = f.mul(f.mul(factor, sumDY), -1 / count);
    const correction = f.add(f.mul(centred, perChannel(f, slope, dims)), perChannel(f, offset, dims));
    scope.accumulate(x, f.add(f.mul(dY, perChannel(f, factor, dims)), correction));
  },
};

/** Gradients come through the first result alone: throws when the loss depends on a statistic that the node puts out. */
function refuseStatistics(node: NodeProto, scope: BackwardScope): void {
  if (node.output.slice(1).some((value) => value && scope.gradient(value) !== undefined)) {
    throw new UnsupportedOperatorError(node, 'the loss depends on a statistic that it puts out');
  }
}

/** The running statistic becomes `momentum running + (1 - momentum) batch`; `result` names the node's own result for it. */
function update(
  scope: ForwardScope,
  f: Formula,
  momentum: number,
  [running, batch, result]: readonly [string, string, string | undefined],
): void {
  const updated = f.add(f.mul(running, momentum), f.mul(batch, 1 - momentum));
  scope.updateWeight(running, updated);
  if (result) scope.builder.op('Identity', [updated], {}, { outputs: [result] });
}

/** BatchNormalization by the running statistics: an affine map per channel. */
const frozenBatchNorm: Rule = {
  forward(node, scope) {
    const [, , , mean, variance] = node.input;
    const epsilon = float(floatAttribute(node, 'epsilon', defaultEpsilon));
    scope.builder.op('BatchNormalization', node.input, { epsilon }, { outputs: [node.output[0]], name: node.name });
    for (const [result, running] of [
      [node.output[1], mean],
      [node.output[2], variance],
    ]) {
      if (result) scope.builder.op('Identity', [running], {}, { outputs: [result] });
    }
  },

  backward(node, scope) {
    refuseStatistics(node, scope);
    const [x, scale, bias, mean, variance] = node.input;
    const dY = scope.gradient(node.output[0]);
    if (dY === undefined) return;
    const f = Formula.of(scope, x);
    const { dims } = scope.shape(x);
    const axes = withoutChannels(dims);
    const inverse = f.inverseDeviation(variance, floatAttribute(node, 'epsilon', defaultEpsilon));
    const factor = f.mul(scale, inverse);
    if (scope.wants(x)) scope.accumulate(x, f.mul(dY, perChannel(f, factor, dims)));
    const sumDY = f.sum(dY, axes);
    if (scope.wants(bias)) scope.accumulate(bias, sumDY);
    if (scope.wants(mean)) scope.accumulate(mean, f.unary('Neg', f.mul(sumDY, factor)));
    if (!scope.wants(scale) && !scope.wants(variance)) return;
    const centred = f.sub(x, perChannel(f, mean, dims));
    const dScale = f.mul(f.sum(f.mul(dY, centred), axes), inverse);
    if (scope.wants(scale)) scope.accumulate(scale, dScale);
    if (scope.wants(variance)) {
      scope.accumulate(variance, f.mul(f.mul(dScale, f.mul(factor, inverse)), -0.5));
    }
  },
};

/** `dX` of `(x - mean) inverse` over `axes`, from `g`, the gradient of the normalised value. */
function normalizedGradient(
  f: Formula,
  g: string,
  normalized: string,
  inverse: string,
  axes: readonly number[],
): string {
  const projection = f.mul(normalized, f.mean(f.mul(g, normalized), axes, true));
  return f.mul(f.sub(f.sub(g, f.mean(g, axes, true)), projection), inverse);
}

/** LayerNormalization over the axes from `axis` on; the mean and the inverse deviation are kept by the forward pass. */
const layerNorm: Rule = {
  forward(node, scope) {
    const outputs = [node.output[0], statistic(node, 'mean'), statistic(node, 'inverse')];
    scope.builder.ops(
      3,
      'LayerNormalization',
      node.input,
      {
        axis: intAttribute(node, 'axis', -1),
        epsilon: float(floatAttribute(node, 'epsilon', defaultEpsilon)),
        stash_type: intAttribute(node, 'stash_type', 1),
      },
      { outputs, name: node.name },
    );
    for (const i of [1, 2]) {
      if (node.output[i]) scope.builder.op('Identity', [outputs[i]], {}, { outputs: [node.output[i]] });
    }
  },

  backward(node, scope) {
    refuseStatistics(node, scope);
    const [x, scale, bias = ''] = node.input;
    const dY = scope.gradient(node.output[0]);
    if (dY === undefined) return;
    const f = Formula.of(scope, x);
    const { dims } = scope.shape(x);
    const first = axisOf(intAttribute(node, 'axis', -1), dims.length);
    const axes = dims.flatMap((_, axis) => (axis >= first ? [axis] : []));
    const inverse = statistic(node, 'inverse');
    const normalized = f.mul(f.sub(x, statistic(node, 'mean')), inverse);
    if (scope.wants(x)) {
      scope.accumulate(x, normalizedGradient(f, f.mul(dY, scale), normalized, inverse, axes));
    }
    affineGradients(scope, f, { scale, bias }, dY, normalized, dims);
  },
};

/** Gradients of a scale and a bias that are broadcast over the normalised value. */
function affineGradients(
  scope: BackwardScope,
  f: Formula,
  { scale, bias }: { readonly scale: string; readonly bias: string },
  dY: string,
  normalized: string,
  dims: readonly number[],
): void {
  if (scope.wants(scale)) accumulateReduced(scope, f, scale, f.mul(dY, normalized), dims);
  if (bias && scope.wants(bias)) accumulateReduced(scope, f, bias, dY, dims);
}

/** InstanceNormalization, `X: [N, C, ...S]`, over the spatial axes of each sample. */
const instanceNorm: Rule = {
  backward(node, scope) {
    const [x, scale, bias] = node.input;
    const dY = scope.gradient(node.output[0]);
    if (dY === undefined) return;
    const f = Formula.of(scope, x);
    const { dims } = scope.shape(x);
    const axes = dims.flatMap((_, axis) => (axis > 1 ? [axis] : []));
    const centred = f.sub(x, f.mean(x, axes, true));
    const variance = f.mean(f.square(centred), axes, true);
    const inverse = f.inverseDeviation(variance, floatAttribute(node, 'epsilon', defaultEpsilon));
    const normalized = f.mul(centred, inverse);
    if (scope.wants(x)) {
      const g = f.mul(dY, perChannel(f, scale, dims));
      scope.accumulate(x, normalizedGradient(f, g, normalized, inverse, axes));
    }
    const all = withoutChannels(dims);
    if (scope.wants(scale)) scope.accumulate(scale, f.sum(f.mul(dY, normalized), all));
    if (scope.wants(bias)) scope.accumulate(bias, f.sum(dY, all));
  },
};

export function normalizationRules({ batchNorm }: NormalizationOptions): readonly RuleEntry[] {
  return [
    ['BatchNormalization', batchNorm === 'train' ? trainedBatchNorm : frozenBatchNorm],
    ['LayerNormalization', layerNorm],
    ['InstanceNormalization', instanceNorm],
  ];
}
