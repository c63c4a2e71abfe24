import type { NodeProto } from '../../onnx/generated/onnx_pb';
import type { GraphView } from './patterns';

/** A chain of nodes that takes every second row and column, or all, and fills the channels up with zeros. */
export interface PaddedShortcut {
  readonly x: string;
  readonly last: NodeProto;
  /** Whether height and width are halved. */
  readonly halved: boolean;
  /** Channels of zeros before those of `x`. */
  readonly before: number;
}

/** The shortcuts of a graph, by each node that belongs to one. */
export function paddedShortcuts(view: GraphView): Map<NodeProto, PaddedShortcut> {
  const found = new Map<NodeProto, PaddedShortcut>();
  for (const last of view.graph.nodes) {
    const filling = view.channelFilling(last);
    if (!filling) continue;
    const chain = [last];
    const steps = [1, 1];
    let x = last.input[0];
    for (;;) {
      const slice = view.graph.producer(x);
      const halves = slice && view.onlyReader(x) && view.halves(slice);
      if (!halves) break;
      chain.push(slice);
      x = slice.input[0];
      for (const axis of [0, 1]) steps[axis] *= halves[axis];
    }
    if (steps[0] !== steps[1] || steps[0] > 2) continue;
    for (const node of chain) found.set(node, { x, last, halved: steps[0] === 2, before: filling[0] });
  }
  return found;
}
