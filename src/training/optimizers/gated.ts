import type { GraphBuilder } from '../../onnx/graphBuilder';
import type { GroupScalars } from '../optimizer';

/**
 * A scalar that is `open` in steps the group takes and `shut` in those it is idle: with the right pair the update of
 * whole tensors becomes the identity, without a selection on the tensors themselves.
 */
export function gated(builder: GraphBuilder, { gate }: GroupScalars, open: number, shut: number): string {
  return gate === undefined
    ? builder.scalar(open)
    : builder.op('Where', [gate, builder.scalar(open), builder.scalar(shut)]);
}
