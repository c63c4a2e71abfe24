import type { SourceCall } from '../sourceModel';
import type { PythonText } from './pythonText';
import { sliceOf } from './pythonText';

/** One argument of a layer's constructor, under its parameter's name. */
export interface Argument {
  readonly parameter: string;
  /** The value as written. */
  readonly value: string;
  readonly keyword: boolean;
}

export interface CallArguments {
  readonly named: readonly Argument[];
  /** Unpacked ones as written: `*sizes`, `**options`. */
  readonly unpacked: readonly string[];
}

/** Parameters of PyTorch's constructors in order. */
const convolution = [
  'in_channels',
  'out_channels',
  'kernel_size',
  'stride',
  'padding',
  'dilation',
  'groups',
  'bias',
  'padding_mode',
  'device',
  'dtype',
];
const linear = ['in_features', 'out_features', 'bias', 'device', 'dtype'];
/** Those of Keras that people give by position. */
const kerasConvolution = [
  'filters',
  'kernel_size',
  'strides',
  'padding',
  'data_format',
  'dilation_rate',
  'groups',
  'activation',
  'use_bias',
];
const kerasDense = ['units', 'activation', 'use_bias'];

/** Parameters, in order, of the constructors that can be rewritten, by class. */
export const parametersOf: ReadonlyMap<string, readonly string[]> = new Map([
  ['Conv1d', convolution],
  ['Conv2d', convolution],
  ['Conv3d', convolution],
  ['Linear', linear],
  ['Conv1D', kerasConvolution],
  ['Conv2D', kerasConvolution],
  ['Conv3D', kerasConvolution],
  ['Dense', kerasDense],
]);

/** The arguments of a call of one of these constructors by parameter; positions behind an unpacked one stay unpacked. */
export function argumentsOf(python: PythonText, call: SourceCall, op: string): CallArguments {
  const parameters = parametersOf.get(op) ?? [];
  const named: Argument[] = [];
  const unpacked: string[] = [];
  for (const [position, { keyword, value, range }] of call.written.entries()) {
    const text = sliceOf(python, value);
    if (keyword === '*' || keyword === '**') unpacked.push(sliceOf(python, range));
    else if (keyword !== undefined) named.push({ parameter: keyword, value: text, keyword: true });
    else if (unpacked.length > 0 || position >= parameters.length) unpacked.push(text);
    else named.push({ parameter: parameters[position], value: text, keyword: false });
  }
  return { named, unpacked };
}
