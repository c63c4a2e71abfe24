import type { SyntaxNode } from '@lezer/common';
import type { LayerInstance, SourceCall } from '../sourceModel';
import { parametersOf } from './callArguments';
import { fullRank, methodOf, sizesOf, type SourceChoice } from './choice';
import { nodesIn, sliceOf, type PythonText } from './pythonText';

/** Why code stays as it is, with what to do instead. */
export interface Obstacle {
  readonly reason: string;
  readonly hint: string;
}

/** Why a layer, however it is made, has no exact factored form; `undefined` when it has one. */
export function layerObstacle({ op, settings, kind }: LayerInstance): Obstacle | undefined {
  if (kind === 'transposedConvolution')
    return { reason: 'Transposed convolutions have no low-rank form here yet.', hint: 'Keep this layer as it is.' };
  if (!parametersOf.has(op))
    return { reason: `${op} has no low-rank form here.`, hint: 'Convolutions and linear layers have one.' };
  const { groups } = settings;
  if (typeof groups === 'number' && groups > 1) {
    return {
      reason:
        groups === settings.in_channels
          ? 'A depthwise convolution has no channel rank to cut.'
          : `A grouped convolution (${groups} groups) mixes too few channels for its rank to be cut.`,
      hint: 'Keep this layer as it is.',
    };
  }
  if (groups === null)
    return { reason: 'Its number of groups is not known.', hint: 'Give groups as a number that the code shows.' };
  return undefined;
}

/** Functions that rebuild a weight from parameters of their own, around the constructor. */
const reparametrisations = new Set(['weight_norm', 'spectral_norm', 'register_parametrization']);
/** What only a single layer has: code that reads it breaks when the layer becomes a Sequential. */
const layerAttributes = new Set([
  'weight',
  'bias',
  'in_channels',
  'out_channels',
  'in_features',
  'out_features',
  'kernel_size',
  'stride',
  'padding',
  'dilation',
  'groups',
  'padding_mode',
  'kernel',
  'filters',
  'units',
]);

/** Why the text of a call can't be exchanged for its factored form; `undefined` when it can. */
export function callObstacle(python: PythonText, call: SourceCall): Obstacle | undefined {
  const [first] = call.instances;
  if (!first) return { reason: 'No model of the file makes this layer.', hint: 'Name the model as an entry.' };
  if (call.role !== 'layer') {
    return {
      reason: `${call.callee} makes its layers elsewhere.`,
      hint: 'Rewrite the call of the constructor itself, or apply a plan to the model.',
    };
  }
  for (const instance of call.instances) {
    const obstacle = layerObstacle(instance);
    if (obstacle) return obstacle;
  }
  if (call.instances.some(({ op }) => op !== first.op) || call.callee.split('.').at(-1) !== first.op) {
    return {
      reason: `Which class ${call.callee} is gets decided while the code runs.`,
      hint: 'Apply a plan to the model: it exchanges layers after they are made.',
    };
  }
  return constraintObstacle(python, call) ?? useObstacle(python, call);
}

function constraintObstacle(python: PythonText, { written }: SourceCall): Obstacle | undefined {
  const constraint = written.find(({ keyword }) => keyword === 'kernel_constraint');
  if (!constraint || sliceOf(python, constraint.value) === 'None') return undefined;
  return {
    reason: 'A kernel constraint is about the whole kernel, which the factors do not have.',
    hint: 'Take the constraint away first.',
  };
}

/** Why what a call makes, itself or by a helper, must stay the one layer that it is, as the code around it uses it. */
export function useObstacle(python: PythonText, call: SourceCall): Obstacle | undefined {
  return wrappedBy(python, call) ?? readElsewhere(python, call);
}

function wrappedBy(python: PythonText, { range }: SourceCall): Obstacle | undefined {
  let node = python.tree.resolveInner(range.from, 1).parent;
  for (; node; node = node.parent) {
    if (node.name !== 'CallExpression' || node.from >= range.from || !node.firstChild) continue;
    const name = sliceOf(python, node.firstChild).split('.').at(-1)!;
    if (reparametrisations.has(name))
      return {
        reason: `${name} rebuilds the weight of this one layer.`,
        hint: `Take ${name} away before the layer becomes factors.`,
      };
    if (node.parent?.name === 'Body') break;
  }
  return undefined;
}

function readElsewhere(python: PythonText, { target, range }: SourceCall): Obstacle | undefined {
  const attribute = /^self\.(\w+)$/.exec(target ?? '')?.[1];
  if (attribute === undefined) return undefined;
  const own = classAround(python, range.from);
  for (const node of nodesIn(python, new Set(['MemberExpression']))) {
    const property = node.lastChild && sliceOf(python, node.lastChild);
    const object = node.firstChild && sliceOf(python, node.firstChild);
    if (!object || !property || !layerAttributes.has(property) || !object.endsWith(`.${attribute}`)) continue;
    // Another class's attribute of the same name is another layer.
    if (object === `self.${attribute}` && classAround(python, node.from) !== own) continue;
    const line = python.text.slice(0, node.from).split('\n').length;
    return {
      reason: `Line ${line} reads ${object}.${property}, which factors do not have.`,
      hint: 'Change that line first.',
    };
  }
  return undefined;
}

/** Start of the class around a position; -1 outside of classes. */
function classAround({ tree }: PythonText, position: number): number {
  let node: SyntaxNode | null = tree.resolveInner(position, 1);
  while (node && node.name !== 'ClassDefinition') node = node.parent;
  return node?.from ?? -1;
}

/** Why a choice is not possible for one of a call's layers; `undefined` when it is for all. */
export function choiceObstacle(
  instances: readonly LayerInstance[],
  { method, rank }: SourceChoice,
): Obstacle | undefined {
  for (const instance of instances) {
    const sizes = sizesOf(instance);
    if (!sizes)
      return {
        reason: `The sizes of ${instance.path} are not known.`,
        hint: 'Give them as numbers that the code shows.',
      };
    if (method !== methodOf(sizes)) {
      return {
        reason: `${instance.path} can't be rewritten by ${method}.`,
        hint:
          sizes.places > 1
            ? 'Its window holds several places: its method is tucker.'
            : 'Its window is a single place: its method is svd.',
      };
    }
    const most = fullRank(sizes);
    if (!Number.isInteger(rank) || rank < 1 || rank > most)
      return { reason: `Rank ${rank} of ${instance.path} is not possible.`, hint: `Ranks from 1 to ${most} are.` };
  }
  return undefined;
}
