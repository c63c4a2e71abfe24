import { findAttribute, floatAttribute, intsAttribute, setAttribute, stringAttribute } from '../../onnx/attributes';
import type { NodeProto } from '../../onnx/generated/onnx_pb';
import { castTo } from '../../tensor/convert';
import { float32, float64, int64 } from '../../tensor/tensor';
import { UnsupportedOperatorError } from '../errors';
import { emitConstant, removeAttribute, type Translation, type TranslationContext } from './translation';

/** Limits that Clip had before they were inputs, when it gave none (ONNX, Clip 6): the largest finite floats. */
const largestFloat = 3.4028234663852886e38;

function moveInts(node: NodeProto, context: TranslationContext, attribute: string, at: number): void {
  const values = intsAttribute(node, attribute);
  removeAttribute(node, attribute);
  if (values) setInput(node, at, emitConstant(context, int64([values.length], values)));
}

function setInput(node: NodeProto, at: number, value: string): void {
  const input = [...node.input];
  while (input.length <= at) input.push('');
  input[at] = value;
  node.input = input;
}

/** A scalar of the element type of the node's first input. */
function scalarLike(node: NodeProto, context: TranslationContext, value: number): string {
  return emitConstant(context, castTo(float64([], [value]), context.typeOf(node.input[0])));
}

/** Operators whose second input was the attribute `axes` before the given operator set. */
const axesMovedIn: Readonly<Record<string, number>> = {
  Squeeze: 13,
  Unsqueeze: 13,
  ReduceSum: 13,
  ReduceMean: 18,
  ReduceMax: 18,
  ReduceMin: 18,
  ReduceProd: 18,
  ReduceL1: 18,
  ReduceL2: 18,
  ReduceSumSquare: 18,
  ReduceLogSum: 18,
  ReduceLogSumExp: 18,
};

const moveAxes: Translation = (node, context) => {
  if (context.opset < axesMovedIn[node.opType]) moveInts(node, context, 'axes', 1);
  context.nodes.push(node);
};

const split: Translation = (node, context) => {
  if (context.opset < 13) moveInts(node, context, 'split', 1);
  // Without sizes, operator set 18 asks for the number of (equal) parts.
  if (context.opset < 18 && !node.input[1]) setAttribute(node, 'num_outputs', node.output.length);
  context.nodes.push(node);
};

const pad: Translation = (node, context) => {
  if (stringAttribute(node, 'mode', 'constant') === 'wrap') {
    throw new UnsupportedOperatorError(node, 'the mode wrap is not in the operator set trained in');
  }
  if (context.opset < 11) {
    moveInts(node, context, 'pads', 1);
    const value = findAttribute(node, 'value')?.f ?? 0;
    removeAttribute(node, 'value');
    setInput(node, 2, scalarLike(node, context, value));
  }
  context.nodes.push(node);
};

const slice: Translation = (node, context) => {
  if (context.opset < 10) {
    moveInts(node, context, 'starts', 1);
    moveInts(node, context, 'ends', 2);
    moveInts(node, context, 'axes', 3);
  }
  context.nodes.push(node);
};

const clip: Translation = (node, context) => {
  if (context.opset < 11) {
    const limits = [findAttribute(node, 'min')?.f ?? -largestFloat, findAttribute(node, 'max')?.f ?? largestFloat];
    removeAttribute(node, 'min');
    removeAttribute(node, 'max');
    for (const [i, limit] of limits.entries()) {
      if (Math.abs(limit) < largestFloat) setInput(node, i + 1, scalarLike(node, context, limit));
    }
  }
  context.nodes.push(node);
};

/** Before operator set 12 the ratio was an attribute. */
const dropout: Translation = (node, context) => {
  if (context.opset < 12) {
    setInput(node, 1, emitConstant(context, float32([], [floatAttribute(node, 'ratio', 0.5)])));
    removeAttribute(node, 'ratio');
    removeAttribute(node, 'seed');
  }
  context.nodes.push(node);
};

const topK: Translation = (node, context) => {
  const k = findAttribute(node, 'k');
  if (context.opset < 10 && k) {
    removeAttribute(node, 'k');
    setInput(node, 1, emitConstant(context, int64([1], [Number(k.i)])));
  }
  context.nodes.push(node);
};

/** Operators of which attributes became inputs. */
export const movedAttributes: ReadonlyMap<string, Translation> = new Map<string, Translation>([
  ...Object.keys(axesMovedIn).map((operator): [string, Translation] => [operator, moveAxes]),
  ['Split', split],
  ['Pad', pad],
  ['Slice', slice],
  ['Clip', clip],
  ['Dropout', dropout],
  ['TopK', topK],
]);
