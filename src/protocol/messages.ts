import { NotificationType, RequestType } from 'vscode-jsonrpc';

/** One layer as the editor shows it. */
export interface LayerSummary {
  readonly name: string;
  readonly op: string;
  readonly macs: number;
  readonly params: number;
  readonly status: 'compressible' | 'unsupported' | 'not-worthwhile';
  /** Why a method can or can't act, in words. */
  readonly reason: string;
}

export interface ModelSummary {
  readonly path: string;
  readonly totals: { readonly macs: number; readonly params: number; readonly bytes: number };
  /** Names of sizes that are known only at run time and were counted as 1; empty when the MACs are exact. */
  readonly openSizes: readonly string[];
  /** Why the model can't be trained, in words; absent when it can. */
  readonly trainingObstacle?: string;
  readonly layers: readonly LayerSummary[];
}

export interface InspectParams {
  readonly path: string;
}

/** What went wrong in the engine, as it crosses to the editor. */
export interface FailureData {
  readonly hint?: string;
}

export const inspectRequest = new RequestType<InspectParams, ModelSummary, FailureData>('layerwise/inspect');

/** The engine is loaded and answers. */
export const readyNotification = new NotificationType<{ readonly version: string }>('layerwise/ready');
