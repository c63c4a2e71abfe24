import type { Graph } from '../../onnx/graph';
import { sizeOf } from '../../tensor/tensor';
import type { ValueShape } from '../rule';
import { blockedDomain, blockedOperator, blockSizeOf, filled } from './operators';

/**
 * A conversion between the layouts moves an activation about six times (forward and backward); a convolution that is worth
 * as much does this many multiplications per moved element.
 */
const conversionCost = 100;

/** Filling up may multiply the work of the convolutions by so much at most: their gain over the ordinary ones. */
const worthwhileFilling = 2;

/** Whether a rewritten graph is faster than the original: its convolutions are not mostly filling, nor its nodes conversions. */
export function rewritingPays(graph: Graph, shapes: ReadonlyMap<string, ValueShape>): boolean {
  let useful = 0;
  let done = 0;
  let conversions = 0;
  const dims = (value: string): readonly number[] => shapes.get(value)!.dims;
  for (const node of graph.nodes) {
    if (node.domain !== blockedDomain) continue;
    const blockSize = blockSizeOf(node);
    if (node.opType === blockedOperator.convolution) {
      const [outputs, inputs, height, width] = convolutionWeights(node.input, dims);
      const [imageBlocks, , rows, columns] = dims(node.output[0]);
      const pixels = imageBlocks * blockSize * rows * (columns / blockSize);
      useful += outputs * inputs * height * width * pixels;
      // A narrow first convolution reads its few channels as they are.
      const read = inputs < blockSize && dims(node.input[0])[1] === inputs ? inputs : filled(inputs, blockSize);
      done += filled(outputs, blockSize) * read * height * width * pixels;
    } else if (node.opType === blockedOperator.toBlocked || node.opType === blockedOperator.fromBlocked) {
      conversions += sizeOf(dims(node.output[0]));
    }
  }
  return useful > 0 && done <= worthwhileFilling * useful && conversions * conversionCost <= useful;
}

function convolutionWeights(inputs: readonly string[], dims: (value: string) => readonly number[]): readonly number[] {
  return dims(inputs.length > 3 ? inputs[4] : inputs[1]);
}
