import type { Layer } from '../../onnx/layers';

export type MethodId = 'tucker' | 'svd';

/** A layer on which a method can act. */
export interface Site {
  readonly layer: Layer;
  readonly method: MethodId;
  /** The smallest rank at which the factors give the layer back exactly. */
  readonly fullRank: number;
  /** The largest rank at which the factors take fewer MACs than the layer; no larger one is worth offering. */
  readonly breakEvenRank: number;
}

/** What can be done about a layer, with the reason in words. */
export interface LayerStatus {
  readonly layer: Layer;
  readonly status: 'compressible' | 'unsupported' | 'not-worthwhile';
  /** One sentence for people. */
  readonly reason: string;
  /** Present when the layer is compressible. */
  readonly site?: Site;
}

/** MACs for one sample, parameters, and bytes of weights. */
export interface Cost {
  readonly macs: number;
  readonly params: number;
  readonly bytes: number;
}

/** The largest rank whose factors take fewer MACs than the layer; 0 when none does. MACs must not fall with the rank. */
export function breakEven(layer: Layer, fullRank: number, macsAt: (rank: number) => number): number {
  let below = 0;
  let above = fullRank + 1;
  while (above - below > 1) {
    const middle = (below + above) >> 1;
    if (macsAt(middle) < layer.macs) below = middle;
    else above = middle;
  }
  return below;
}

/** What a layer costs as it is. */
export function denseCost({ macs, params, bytes }: Layer): Cost {
  return { macs, params, bytes };
}

/** Bytes of one element of a layer's weights. */
export function elementBytes({ bytes, params }: Layer): number {
  return bytes / params;
}
