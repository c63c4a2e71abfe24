import { create } from '@bufbuild/protobuf';
import type { InputDims } from '../hardware/randomInputs';
import { ValueInfoProtoSchema } from '../onnx/generated/onnx_pb';
import type { Model } from '../onnx/model';
import type { ModelComparison } from '../protocol/times';
import { Session } from '../runtime/session';
import { numbers } from '../tensor/convert';
import { sizeOf } from '../tensor/tensor';
import { randomFeeds, type Feeds } from './agreement';
import { openModel, type OpenedModel } from './openedModel';

/** Random inputs on which the outputs of layers are compared. */
const likenessSamples = 8;

/** Elements of layers' outputs that are asked of a run at most: 128 MB of each model. */
const mostElements = 1 << 25;

/**
 * How the outputs of the layers that both models have differ on the same random inputs: ||b - a|| / ||a|| over all
 * samples, in graph order. A layer that was rewritten keeps the name of its output.
 */
export async function layerLikeness(
  pathA: string,
  pathB: string,
  inputDims: InputDims = {},
  signal?: AbortSignal,
  onProgress?: (fraction: number) => void,
): Promise<ModelComparison['layers']> {
  const a = await openModel(pathA, inputDims);
  const b = await openModel(pathB, inputDims);
  const feeds: Feeds[] = [];
  for await (const feed of randomFeeds(pathA, inputDims)) {
    if (feeds.push(feed) === likenessSamples) break;
  }
  const groups = groupsOf(sharedLayers(a, b));
  const likeness: { name: string; difference: number }[] = [];
  for (const [i, group] of groups.entries()) {
    likeness.push(...(await compareGroup(a.model, b.model, group, feeds, signal)));
    onProgress?.((i + 1) / groups.length);
  }
  return likeness;
}

interface SharedLayer {
  readonly name: string;
  /** The value that holds its output in both models. */
  readonly value: string;
  readonly elements: number;
}

function sharedLayers(a: OpenedModel, b: OpenedModel): SharedLayer[] {
  return a.layers.flatMap(({ name, node, outputDims }) => {
    const [value] = node.output;
    return b.model.graph.producer(value) ? [{ name, value, elements: sizeOf(outputDims) }] : [];
  });
}

function groupsOf(layers: readonly SharedLayer[]): SharedLayer[][] {
  const groups: SharedLayer[][] = [];
  let room = 0;
  for (const layer of layers) {
    if (room < layer.elements || groups.length === 0) {
      groups.push([]);
      room = mostElements;
    }
    groups[groups.length - 1].push(layer);
    room -= layer.elements;
  }
  return groups;
}

async function compareGroup(
  a: Model,
  b: Model,
  layers: readonly SharedLayer[],
  feeds: readonly Feeds[],
  signal: AbortSignal | undefined,
): Promise<{ name: string; difference: number }[]> {
  const values = layers.map(({ value }) => value);
  const sessions: Session[] = [];
  const sums = layers.map(() => ({ difference: 0, norm: 0 }));
  try {
    for (const model of [a, b]) sessions.push(await Session.create(withOutputs(model, values)));
    for (const { tensors } of feeds) {
      signal?.throwIfAborted();
      const given = Object.values(tensors);
      const [left, right] = await Promise.all(
        sessions.map((session) => {
          const own = Object.fromEntries(session.inputs.map(({ name }, k) => [name, tensors[name] ?? given[k]]));
          return session.run(own, Object.fromEntries(values.map((value) => [value, null])));
        }),
      );
      for (const [i, value] of values.entries()) {
        const x = numbers(left[value]);
        const y = numbers(right[value]);
        for (let k = 0; k < x.length; k++) {
          sums[i].difference += (y[k] - x[k]) ** 2;
          sums[i].norm += x[k] ** 2;
        }
        // Values of another size can't be compared place by place: nothing of them is alike.
        if (x.length !== y.length) sums[i].difference = NaN;
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  } finally {
    for (const session of sessions) await session.dispose();
  }
  return layers.map(({ name }, i) => ({ name, difference: relative(sums[i]) }));
}

/** 1 where the one is nothing and the other is not, and for what can't be compared. */
function relative({ difference, norm }: { readonly difference: number; readonly norm: number }): number {
  if (difference === 0) return 0;
  return difference > 0 && norm > 0 ? Math.sqrt(difference / norm) : 1;
}

/** A copy that also gives these values. */
function withOutputs(model: Model, values: readonly string[]): Model {
  const copy = model.clone();
  const { graph } = copy;
  const added = values.filter((value) => !graph.isOutput(value));
  graph.proto.output = [...graph.outputs, ...added.map((name) => create(ValueInfoProtoSchema, { name }))];
  graph.changed();
  return copy;
}
