import type { Layer } from '../../onnx/layers';

/** One option at a site: leave the layer as it is, or replace it by factors of a rank. */
export type Choice = { readonly kind: 'keep' } | { readonly kind: 'rank'; readonly rank: number };

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

/** What a method can do about a layer, with the reason in words. */
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
