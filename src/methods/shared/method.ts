import type { Layer } from '../../onnx/layers';
import type { Model } from '../../onnx/model';
import type { Products } from '../../tensor/products';
import type { Tensor } from '../../tensor/tensor';
import type { Choice } from './choice';
import type { Cost, LayerStatus, MethodId, Site } from './site';

/**
 * What a layer's kernel `W: [O, I, ...k]` is made of. Tucker: `W = core ×_O u ×_I v`. SVD: `W = u vᵀ`, the square root of
 * each singular value in either side. Rank r keeps the leading min(r, ·) columns of `u` and `v` and that corner of `core`.
 */
export interface FactorTensors<T extends Tensor = Tensor> {
  /** `[O, ro]` */
  readonly u: T;
  /** `[ro, ri, ...k]`; absent for SVD, where ro = ri. */
  readonly core?: T;
  /** `[I, ri]` */
  readonly v: T;
}

/** Factors fitted to a kernel, with what they leave out. */
export interface Factors extends FactorTensors<Tensor<Float64Array>> {
  /** Squared Frobenius norm of the kernel. */
  readonly energy: number;
  /** Squared Frobenius norm of the kernel minus its rebuild from all of the factors; 0 for complete factors. */
  readonly residual: number;
}

/** Names, by factor, of what stands for a layer's weight. */
export interface FactorNames {
  readonly u: string;
  readonly core?: string;
  readonly v: string;
}

/** What `apply` made of a layer. */
export interface AppliedLayer {
  readonly layer: string;
  readonly choice: Choice;
  /** The new nodes; absent when the layer was kept. `u` is the last and bears the bias. */
  readonly nodes?: FactorNames;
  /** The new weights; absent when the layer was kept. Their layout is that of the nodes that read them. */
  readonly weights?: FactorNames;
}

/** What `masked` made of a layer: weights in the layout of `FactorTensors`, to be trained and read back as such. */
export interface MaskedLayer {
  readonly layer: string;
  readonly weights: FactorNames;
}

/** A choice in a mixture: a rank, or all of the layer. */
export type MixedRank = number | 'keep';

/** A family of choices. All methods that edit a model find the site's layer in it by name, so that copies will do. */
export interface Method {
  readonly id: MethodId;
  /** Whether and where the method can act on a layer. */
  site(model: Model, layer: Layer): LayerStatus;
  /** Factors of the layer's present weight, complete: every rank is a truncation of them. */
  factors(model: Model, site: Site, products?: Products): Promise<Factors>;
  /** Factors of the layer's present weight fitted for one rank: at least as near to it as the truncation. */
  fit(model: Model, site: Site, rank: number, products?: Products): Promise<Factors>;
  /** ‖W − W_choice‖ / ‖W‖ (Frobenius) when fitted factors are truncated; 0 for keep. */
  relativeError(site: Site, factors: Factors, choice: Choice): number;
  cost(site: Site, choice: Choice): Cost;
  /**
   * Replaces the layer in place by plain ONNX nodes made from `factors` (fitted or trained), truncated at the choice's
   * rank. Output name, element type, bias and metadata are kept.
   */
  apply(model: Model, site: Site, choice: Choice, factors: FactorTensors): AppliedLayer;
  /**
   * Makes the graph compute the layer's weight as the mixture Σ_a p_a W^a of truncations, in place.
   * @param ranks the choices a = 1..A, in the order of the probabilities
   * @param mask value of the graph, computed before the layer, that holds the probabilities `[A]`
   */
  masked(model: Model, site: Site, factors: FactorTensors, ranks: readonly MixedRank[], mask: string): MaskedLayer;
}
