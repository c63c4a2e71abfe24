import { intAttribute } from '../../onnx/attributes';
import { weightSource } from '../../onnx/layerWeight';
import { weightIsFirst, type Layer } from '../../onnx/layers';
import type { Model } from '../../onnx/model';
import type { LayerStatus, Site } from './site';

/**
 * With so few channels on one side there is no rank worth cutting: the factors' own memory traffic outweighs what they
 * save, and the first convolution of an image network (3 or 4 channels) is the usual case.
 */
export const narrowChannels = 4;

/** Why no method can replace a layer's weight by factors, in one sentence; `undefined` when nothing stands in the way. */
export function obstacle(model: Model, layer: Layer): string | undefined {
  const { graph } = model;
  const { node } = layer;
  if (layer.op === 'ConvTranspose') return 'Transposed convolutions have no low-rank form here yet.';
  const groups = layer.op === 'Conv' ? intAttribute(node, 'group', 1) : 1;
  if (groups > 1) {
    return groups === layer.inputDims[1]
      ? 'A depthwise convolution has no channel rank to cut.'
      : `A grouped convolution (${groups} groups) mixes too few channels for its rank to be cut.`;
  }
  const source = weightSource(graph, node.input[weightIsFirst(graph, node) ? 0 : 1]);
  if (!source) return 'Its weight is computed while the network runs.';
  if (source.through) return `Its weight passes through ${source.through} before it is used.`;
  const type = source.weight.elementType;
  if (!type?.includes('float'))
    return `Its weight is stored as ${type ?? 'a type without numbers'}, not in floating point.`;
  const readers = source.values.map((value) => graph.consumers(value).length);
  if (Math.max(...readers) > 1) return 'Its weight is shared with other nodes of the network.';
  if (source.values.some((value) => graph.isOutput(value))) return 'Its weight is an output of the network.';
  return undefined;
}

/** The status of a layer on whose site a method has decided. */
export function judged(site: Site, channels: { readonly input: number; readonly output: number }): LayerStatus {
  const { layer } = site;
  const narrow = Math.min(channels.input, channels.output);
  if (narrow <= narrowChannels) {
    const side = channels.input <= channels.output ? `reads only ${channels.input}` : `writes only ${channels.output}`;
    return { layer, status: 'not-worthwhile', reason: `It ${side} channel${narrow === 1 ? '' : 's'}: no rank to cut.` };
  }
  if (site.breakEvenRank < 1)
    return { layer, status: 'not-worthwhile', reason: 'It is too thin: even rank 1 costs as much as the layer.' };
  const form = site.method === 'tucker' ? 'three convolutions (Tucker-2)' : 'two factors (SVD)';
  return {
    layer,
    status: 'compressible',
    reason: `It can become ${form}; ranks up to ${site.breakEvenRank} of ${site.fullRank} cost less.`,
    site,
  };
}
