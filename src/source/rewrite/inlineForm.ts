import type { SourceCall } from '../sourceModel';
import { argumentsOf, parametersOf, type Argument, type CallArguments } from './callArguments';
import { sizesOf, type LayerSizes, type SourceChoice } from './choice';
import { RewriteError } from './errors';
import { indentationAt, indentationStep, lineEnd, nodesIn, sliceOf, type PythonText } from './pythonText';

/** How the parts of a layer share out the arguments of its constructor. */
interface Sharing {
  readonly input?: string;
  readonly output: string;
  readonly bias: string;
  /** What the part with the window keeps; for Linear and Dense there is none. */
  readonly window: readonly string[];
  /** What only the first part keeps. */
  readonly first: readonly string[];
  /** What only the last part keeps. */
  readonly last: readonly string[];
  /** What the Sequential around the parts gets. */
  readonly whole: readonly string[];
}

const torchSharing: Sharing = {
  input: 'in_channels',
  output: 'out_channels',
  bias: 'bias',
  window: ['kernel_size', 'stride', 'padding', 'dilation', 'padding_mode'],
  first: [],
  last: [],
  whole: [],
};

const kerasSharing: Sharing = {
  output: 'filters',
  bias: 'use_bias',
  window: ['kernel_size', 'strides', 'padding', 'dilation_rate'],
  first: ['input_shape', 'batch_input_shape', 'input_dim', 'batch_size'],
  last: ['activation', 'bias_initializer', 'bias_regularizer', 'bias_constraint', 'activity_regularizer'],
  whole: ['name'],
};

function sharingOf(op: string): Sharing {
  if (op === 'Linear') return { ...torchSharing, input: 'in_features', output: 'out_features', window: [] };
  if (op === 'Dense') return { ...kerasSharing, output: 'units', window: [] };
  return parametersAreKeras(op) ? kerasSharing : torchSharing;
}

const parametersAreKeras = (op: string): boolean => /D$|^Dense$/.test(op);

/**
 * A layer's constructor call as a Sequential of two or three: `nn.Sequential(nn.Conv2d(planes, 24, 1, bias=False),
 * nn.Conv2d(24, 24, 3, stride=stride, padding=1, bias=False), nn.Conv2d(24, planes, 1))`. Arguments stay as they are written.
 *
 * It computes what the factors of the kernel compute: the outer parts are pointwise and the first has no bias, so it makes
 * zeros of zeros and commutes with every padding that copies values (zeros, reflect, replicate, circular) and with strides.
 *
 * Throws a RewriteError where the written arguments can't be told apart.
 * @param sequential how the code calls the container: `nn.Sequential`
 */
export function inlineForm(python: PythonText, call: SourceCall, choice: SourceChoice, sequential: string): string {
  const [{ op, framework }] = call.instances;
  const given = argumentsOf(python, call, op);
  if (given.unpacked.length > 0) {
    throw new RewriteError(
      `${given.unpacked[0]} could hold any of the layer's arguments.`,
      'Write the arguments out, or rewrite by a helper function, which passes them on.',
    );
  }
  const { inner, outer } = ranksOf(call, choice);
  const sharing = sharingOf(op);
  const parts = partsOf(call, given, sharing, choice, { inner, outer });
  const whole = given.named.filter(({ parameter }) => sharing.whole.includes(parameter));
  return laidOut(python, call, sequential, parts, whole.map(written), framework === 'keras');
}

interface Ranks {
  readonly inner: number;
  readonly outer: number;
}

/** The two ranks as literals. Throws a RewriteError when they are not the same in all layers that the call makes. */
function ranksOf(call: SourceCall, { rank }: SourceChoice): Ranks {
  const sizes = call.instances.map((instance) => sizesOf(instance)!);
  const pair = (of: LayerSizes): Ranks => ({
    inner: Math.min(rank, of.input),
    outer: Math.min(rank, of.output),
  });
  const first = pair(sizes[0]);
  if (sizes.some((of) => pair(of).inner !== first.inner || pair(of).outer !== first.outer)) {
    throw new RewriteError(
      `Rank ${rank} is larger than the channels of some of the layers that this call makes.`,
      'Rewrite by a helper function, which limits the rank for each layer.',
    );
  }
  return first;
}

function partsOf(
  { callee, instances }: SourceCall,
  given: CallArguments,
  sharing: Sharing,
  { method }: SourceChoice,
  { inner, outer }: Ranks,
): string[] {
  const [{ op, framework }] = instances;
  const keras = framework === 'keras';
  const of = (parameter: string | undefined): Argument | undefined =>
    given.named.find((argument) => argument.parameter === parameter);
  const input = of(sharing.input)?.value;
  const output = of(sharing.output)?.value;
  const bias = of(sharing.bias);
  if (output === undefined || (!keras && input === undefined))
    throw new RewriteError('The call leaves out how many channels the layer has.', 'Finish the call first.');
  const window = given.named.filter(({ parameter }) => sharing.window.includes(parameter));
  checkGroups(of('groups'));
  const own = new Set([
    ...[sharing.input, sharing.output, sharing.bias, 'groups'].filter((parameter) => parameter !== undefined),
    ...[sharing.window, sharing.first, sharing.last, sharing.whole].flat(),
  ]);
  const shared = given.named.filter(({ parameter }) => !own.has(parameter)).map(asKeyword);
  const some = (parameters: readonly string[]): string[] =>
    given.named.filter(({ parameter }) => parameters.includes(parameter)).map(asKeyword);
  const noBias = `${sharing.bias}=False`;
  const lastBias = bias ? [asKeyword(bias)] : [];
  const linear = sharing.window.length === 0;
  const point = linear ? [] : ['1'];
  const channels = (from: string | number | undefined, to: string | number): string[] =>
    keras ? [String(to)] : [String(from), String(to)];
  const make = (...list: (readonly string[])[]): string => `${callee}(${list.flat().join(', ')})`;
  if (method === 'svd') {
    return [
      make(channels(input, inner), windowArguments(op, window), some(sharing.first), [noBias], shared),
      make(channels(inner, output), point, some(sharing.last), lastBias, shared),
    ];
  }
  return [
    make(channels(input, inner), point, some(sharing.first), [noBias], shared),
    make(channels(inner, outer), windowArguments(op, window), [noBias], shared),
    make(channels(outer, output), point, some(sharing.last), lastBias, shared),
  ];
}

/** A literal 1 can be left away; anything else is decided by whoever calls. */
function checkGroups(groups: Argument | undefined): void {
  if (groups === undefined || groups.value === '1') return;
  throw new RewriteError(
    `The groups of the layer are decided elsewhere (groups=${groups.value}).`,
    'Rewrite by a helper function, which refuses grouped convolutions when the code runs.',
  );
}

/** Arguments of the window as written; one by position stays so as long as it follows on the one before it. */
function windowArguments(op: string, window: readonly Argument[]): string[] {
  const order = parametersOf.get(op)!;
  const first = order.indexOf('kernel_size');
  return window.map((argument, i) =>
    !argument.keyword && order.indexOf(argument.parameter) === first + i ? argument.value : asKeyword(argument),
  );
}

const written = ({ parameter, value, keyword }: Argument): string => (keyword ? `${parameter}=${value}` : value);
const asKeyword = ({ parameter, value }: Argument): string => `${parameter}=${value}`;

/** One part to a line, one step further in than the line of the call; comments inside the call stay before the parts. */
function laidOut(
  python: PythonText,
  { range }: SourceCall,
  sequential: string,
  parts: readonly string[],
  whole: readonly string[],
  list: boolean,
): string {
  const end = lineEnd(python);
  const outside = indentationAt(python, range.from);
  const inside = outside + indentationStep(python);
  const comments = nodesIn(python, new Set(['Comment']), range.from, range.to).map((node) => sliceOf(python, node));
  const lines = [...comments, ...parts.map((part) => `${part},`)].map((line) => inside + line);
  const [open, close] = list ? ['([', `]${whole.map((argument) => `, ${argument}`).join('')})`] : ['(', ')'];
  return `${sequential}${open}${end}${lines.join(end)}${end}${outside}${close}`;
}
