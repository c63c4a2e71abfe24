import {
  findAttribute,
  float,
  floatAttribute,
  intAttribute,
  intsAttribute,
  setAttribute,
  stringAttribute,
} from '../../onnx/attributes';
import type { NodeProto } from '../../onnx/generated/onnx_pb';
import { castTo, numbers } from '../../tensor/convert';
import { float32, float64, int64, type Tensor } from '../../tensor/tensor';
import { UnsupportedOperatorError } from '../errors';
import { emit, emitConstant, removeAttribute, type Translation, type TranslationContext } from './translation';

const defaultEpsilon = 1e-5;

/** Before operator set 13, Softmax and its kin saw a matrix: all axes from `axis` (1 by default) on are one. */
const flatSoftmax: Translation = (node, context) => {
  const axis = intAttribute(node, 'axis', context.opset < 13 ? 1 : -1);
  if (context.opset >= 13 || axis === -1) {
    setAttribute(node, 'axis', axis);
    context.nodes.push(node);
    return;
  }
  const [x] = node.input;
  const matrix = emit(context, 'Flatten', [x], { axis });
  const result = emit(context, node.opType, [matrix], { axis: -1 }, { name: node.name });
  emit(context, 'Reshape', [result, emit(context, 'Shape', [x])], {}, { output: node.output[0] });
};

/** Statistics that were results before operator set 14 have another meaning now; nothing in inference reads them. */
const batchNorm: Translation = (node, context) => {
  if (context.opset < 9 && intAttribute(node, 'spatial', 1) === 0) {
    throw new UnsupportedOperatorError(node, 'it normalises every position by itself (spatial = 0)');
  }
  removeAttribute(node, 'spatial');
  if (context.opset < 14) node.output = node.output.slice(0, 1);
  context.nodes.push(node);
};

/**
 * Upsample, and Resize before operator set 11: output element `o` is taken at `o / scale`, rounded down, but up where
 * the image shrinks (the runtime's reading of a text that left it open).
 */
function resample(node: NodeProto, context: TranslationContext, scales: string, known: Tensor | undefined): void {
  const shrinks = known !== undefined && Array.from(numbers(known)).some((scale) => scale < 1);
  const mode = stringAttribute(node, 'mode', 'nearest');
  emit(
    context,
    'Resize',
    [node.input[0], '', scales],
    {
      mode: mode === 'bilinear' ? 'linear' : mode,
      coordinate_transformation_mode: 'asymmetric',
      nearest_mode: shrinks ? 'ceil' : 'floor',
    },
    { output: node.output[0], name: node.name },
  );
}

const upsample: Translation = (node, context) => {
  const values = findAttribute(node, 'scales')?.floats;
  const known = values ? float32([values.length], values) : context.constantOf(node.input[1]);
  resample(node, context, values && known ? emitConstant(context, known) : node.input[1], known);
};

const resize: Translation = (node, context) => {
  if (context.opset < 11) {
    resample(node, context, node.input[1], context.constantOf(node.input[1]));
    return;
  }
  const mode = stringAttribute(node, 'coordinate_transformation_mode', 'half_pixel');
  if (mode === 'half_pixel_symmetric' || mode === 'tf_half_pixel_for_nn') {
    throw new UnsupportedOperatorError(node, `the coordinate mode ${mode} is not in the operator set trained in`);
  }
  // An input that was obligatory in operator set 11 was left out by an empty tensor.
  node.input = node.input.map((value, i) => (i > 0 && context.constantOf(value)?.data.length === 0 ? '' : value));
  context.nodes.push(node);
};

/** GroupNormalization in operators that have rules: groups are the channels of an instance normalisation. */
const groupNorm: Translation = (node, context) => {
  const [x, scale, bias] = node.input;
  const groups = intAttribute(node, 'num_groups', 1);
  const perChannel = context.opset >= 21;
  const type = context.typeOf(x);
  const filled = (value: number): string =>
    emitConstant(context, castTo(float64([groups], Array<number>(groups).fill(value)), type));
  const dims = (values: readonly number[]): string => emitConstant(context, int64([values.length], values));
  const shape = emit(context, 'Shape', [x]);
  const grouped = emit(context, 'Reshape', [x, dims([0, groups, -1])]);
  const normalized = emit(
    context,
    'InstanceNormalization',
    [grouped, perChannel ? filled(1) : scale, perChannel ? filled(0) : bias],
    { epsilon: float(floatAttribute(node, 'epsilon', defaultEpsilon)) },
    { name: node.name },
  );
  if (!perChannel) {
    emit(context, 'Reshape', [normalized, shape], {}, { output: node.output[0] });
    return;
  }
  const column = (value: string): string => emit(context, 'Unsqueeze', [value, dims([1])]);
  const rows = emit(context, 'Reshape', [emit(context, 'Reshape', [normalized, shape]), dims([0, 0, -1])]);
  const scaled = emit(context, 'Mul', [rows, column(scale)]);
  const moved = emit(context, 'Add', [scaled, column(bias)]);
  emit(context, 'Reshape', [moved, shape], {}, { output: node.output[0] });
};

/** Gelu is newer than the operator set that graphs are built in, where the runtime has it as its own operator. */
const gelu: Translation = (node, context) => {
  const approximate = stringAttribute(node, 'approximate', 'none') === 'tanh';
  emit(
    context,
    approximate ? 'FastGelu' : 'Gelu',
    node.input,
    {},
    {
      output: node.output[0],
      domain: 'com.microsoft',
      name: node.name,
    },
  );
};

/** Dilations came to AveragePool in operator set 19. */
const averagePool: Translation = (node, context) => {
  if (intsAttribute(node, 'dilations')?.some((dilation) => dilation !== 1)) {
    throw new UnsupportedOperatorError(node, 'its dilations are not in the operator set trained in');
  }
  removeAttribute(node, 'dilations');
  context.nodes.push(node);
};

/** Saturation came to Cast in operator set 19; it concerns 8-bit floats alone. */
const cast: Translation = (node, context) => {
  removeAttribute(node, 'saturate');
  removeAttribute(node, 'round_mode');
  context.nodes.push(node);
};

const gridSampleModes: Readonly<Record<string, string>> = { linear: 'bilinear', cubic: 'bicubic' };

const gridSample: Translation = (node, context) => {
  const mode = stringAttribute(node, 'mode', 'linear');
  if (context.opset >= 20) setAttribute(node, 'mode', gridSampleModes[mode] ?? mode);
  context.nodes.push(node);
};

const scatter: Translation = (node, context) => {
  node.opType = 'ScatterElements';
  context.nodes.push(node);
};

/** Operators that are written otherwise in the operator set that graphs are built in. */
export const changedMeanings: ReadonlyMap<string, Translation> = new Map<string, Translation>([
  ['Softmax', flatSoftmax],
  ['LogSoftmax', flatSoftmax],
  ['Hardmax', flatSoftmax],
  ['BatchNormalization', batchNorm],
  ['Upsample', upsample],
  ['Resize', resize],
  ['GroupNormalization', groupNorm],
  ['Gelu', gelu],
  ['AveragePool', averagePool],
  ['Cast', cast],
  ['GridSample', gridSample],
  ['Scatter', scatter],
]);
