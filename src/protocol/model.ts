/** What a layer is and costs, for one sample. */
export interface LayerSummary {
  /** Unique in its model. */
  readonly name: string;
  readonly op: string;
  readonly macs: number;
  readonly params: number;
  readonly bytes: number;
  /** Name of the weight in the model's file. */
  readonly weight: string;
  readonly weightDims: readonly number[];
  readonly inputDims: readonly number[];
  readonly outputDims: readonly number[];
  readonly status: 'compressible' | 'unsupported' | 'not-worthwhile';
  /** Why a method can or can't act, in words. */
  readonly reason: string;
  /** Present when the layer is compressible. */
  readonly site?: SiteSummary;
}

export interface SiteSummary {
  readonly method: 'tucker' | 'svd';
  /** The smallest rank that gives the layer back exactly. */
  readonly fullRank: number;
  /** The largest rank that takes fewer MACs than the layer. */
  readonly breakEvenRank: number;
}

export interface ValueSummary {
  readonly name: string;
  readonly type: string;
  readonly dims: readonly (number | string)[];
}

/** A model's structure; no large weight is read for it and nothing runs. */
export interface ModelSummary {
  readonly path: string;
  /** Bytes of the file itself. */
  readonly fileBytes: number;
  readonly opset: number;
  readonly producer: string;
  readonly inputs: readonly ValueSummary[];
  readonly outputs: readonly ValueSummary[];
  readonly totals: { readonly macs: number; readonly params: number; readonly bytes: number };
  /** Names of sizes that are known only at run time and were counted as 1; empty when the MACs are exact. */
  readonly openSizes: readonly string[];
  /** Why the model can't be trained, in words; absent when it can. */
  readonly trainingObstacle?: string;
  readonly layers: readonly LayerSummary[];
}

/** The network as a picture: nodes in graph order and who reads whom. */
export interface ModelGraph {
  readonly nodes: readonly {
    readonly id: string;
    readonly op: string;
    /** Present when the node is a layer. */
    readonly layer?: string;
  }[];
  readonly edges: readonly { readonly from: string; readonly to: string }[];
}

/**
 * What the choices at a layer lose and cost; layers whose weight is not stored in the model have none. Lists by rank have
 * fullRank + 1 entries; entry 0 stands for rank 0.
 */
export interface LayerDetail {
  readonly layer: string;
  /** Singular values of the kernel's unfolding with the fewer rows, falling; at most 512 of them. */
  readonly singularValues: readonly number[];
  /** Share of exact zeros in the weight. */
  readonly sparsity: number;
  /** Only for sites: ||W - W_r|| / ||W|| (Frobenius), MACs, parameters and bytes by rank. */
  readonly byRank?: {
    readonly error: readonly number[];
    /** From this rank on the errors are upper bounds: the layer is too wide for a full decomposition. */
    readonly boundFrom?: number;
    readonly macs: readonly number[];
    readonly params: readonly number[];
    readonly bytes: readonly number[];
  };
}
