import type { Device } from '../protocol/device';
import type { InputDims, ModelOnDevice, ModelParams } from '../protocol/messages';
import type { LayerSketch, SketchTimes } from '../protocol/layerSketch';
import type { LayerDetail, ModelGraph, ModelSummary } from '../protocol/model';
import type { CompressionRequest, Progress, RunMetric, RunUpdate } from '../protocol/runs';
import type { DeviceSummary, LayerStaircase, ModelComparison, ModelTimes } from '../protocol/times';

/** What long work reports while it goes on. */
export type WorkReport =
  { readonly kind: 'progress'; readonly progress: Progress } | { readonly kind: 'note'; readonly sentence: string };

export interface AppliedModel {
  readonly model: string;
  readonly layers: readonly { readonly name: string; readonly rank?: number }[];
}

/** A run to be begun, or to be gone on with. */
export type RunOrder = { readonly request: CompressionRequest; readonly runsFolder: string } | { readonly run: string };

export type RunReport =
  /** The run's folder is there. */
  | { readonly kind: 'opened'; readonly run: string; readonly model: string; readonly started: string }
  | { readonly kind: 'update'; readonly update: RunUpdate };

/** Told to a run under way: end the stage at hand with the best so far. */
export const keepBestMessage = 'keep best';

/**
 * What the engine has done in processes of their own, so that it always answers: everything that touches a model, as the
 * runtime may block its thread or crash.
 */
export interface WorkApi {
  /** Loads the runtime ahead of need. */
  warm: { params: null; result: null; progress: never };
  inspect: { params: ModelParams; result: ModelSummary; progress: never };
  graph: { params: ModelParams; result: ModelGraph; progress: never };
  details: {
    params: ModelParams & { readonly layers?: readonly string[] };
    result: readonly LayerDetail[];
    progress: LayerDetail;
  };
  knownTimes: { params: ModelOnDevice; result: ModelTimes | null; progress: never };
  knownStaircases: { params: ModelOnDevice; result: readonly LayerStaircase[]; progress: never };
  measure: { params: ModelOnDevice & { readonly again?: boolean }; result: ModelTimes; progress: WorkReport };
  staircase: { params: ModelOnDevice & { readonly layer: string }; result: LayerStaircase; progress: WorkReport };
  sketchTimes: {
    params: { readonly sketches: readonly LayerSketch[]; readonly device: Device; readonly measure: boolean };
    result: readonly SketchTimes[];
    progress: WorkReport;
  };
  devices: { params: null; result: readonly DeviceSummary[]; progress: never };
  compare: {
    params: { readonly a: string; readonly b: string; readonly device: Device; readonly inputDims?: InputDims };
    result: ModelComparison;
    progress: WorkReport;
  };
  evaluateRun: { params: { readonly run: string }; result: RunMetric; progress: WorkReport };
  apply: {
    params: ModelParams & { readonly plan: string; readonly out: string };
    result: AppliedModel;
    progress: never;
  };
  run: { params: RunOrder; result: null; progress: RunReport };
}
