import { NotificationType, NotificationType0, ProgressType, RequestType } from 'vscode-jsonrpc';
import type { Device } from './device';
import type { LayerSketch, SketchTimes } from './layerSketch';
import type { LayerDetail, ModelGraph, ModelSummary } from './model';
import type { CompressionRequest, Progress, RunDetail, RunMetric, RunSummary, RunUpdate } from './runs';
import type { DeviceSummary, LayerStaircase, ModelComparison, ModelTimes } from './times';

/** What went wrong in the engine, as it crosses to the editor. */
export interface FailureData {
  /** What the user can do about it. */
  readonly hint?: string;
  /** Name of the error's class, such as `BudgetError`. */
  readonly kind?: string;
  /** For the log. */
  readonly stack?: string;
}

/** Sizes for inputs whose declared sizes are open, by input name. */
export type InputDims = Readonly<Record<string, readonly number[]>>;

export interface ModelParams {
  readonly path: string;
  readonly inputDims?: InputDims;
}

export interface ModelOnDevice extends ModelParams {
  readonly device: Device;
}

/** Requests that take long carry a token, under which the engine reports how far it is. All can be cancelled. */
export interface WithProgress {
  readonly progress?: string | number;
}

export const progressType = new ProgressType<Progress>();
export const detailType = new ProgressType<LayerDetail>();

export const inspectRequest = new RequestType<ModelParams, ModelSummary, FailureData>('layerwise/inspect');
export const graphRequest = new RequestType<ModelParams, ModelGraph, FailureData>('layerwise/graph');

/** Details of the named layers (all, when none are named), also one by one under `details` as they are ready. */
export const detailsRequest = new RequestType<
  ModelParams & { readonly layers?: readonly string[]; readonly details?: string | number },
  readonly LayerDetail[],
  FailureData
>('layerwise/details');

/** What the latency table knows of a model without measuring; null when it does not know the model. */
export const knownTimesRequest = new RequestType<ModelOnDevice, ModelTimes | null, FailureData>('layerwise/knownTimes');
export const measureRequest = new RequestType<
  ModelOnDevice & WithProgress & { readonly again?: boolean },
  ModelTimes,
  FailureData
>('layerwise/measure');

/** Latency against rank as far as the table knows it, for all sites of a model. */
export const knownStaircasesRequest = new RequestType<ModelOnDevice, readonly LayerStaircase[], FailureData>(
  'layerwise/knownStaircases',
);
/** Measures latency against rank at a layer. */
export const staircaseRequest = new RequestType<
  ModelOnDevice & WithProgress & { readonly layer: string },
  LayerStaircase,
  FailureData
>('layerwise/staircase');

/** Times of layers of which only the sizes are known; `measure` measures first what the table lacks. */
export const sketchTimesRequest = new RequestType<
  { readonly sketches: readonly LayerSketch[]; readonly device: Device; readonly measure: boolean } & WithProgress,
  readonly SketchTimes[],
  FailureData
>('layerwise/sketchTimes');

export const devicesRequest = new RequestType<Record<string, never>, readonly DeviceSummary[], FailureData>(
  'layerwise/devices',
);
/** Forgets a latency table, so that it is measured anew. */
export const forgetTableRequest = new RequestType<{ readonly path: string }, null, FailureData>(
  'layerwise/forgetTable',
);

export const compareRequest = new RequestType<
  { readonly a: string; readonly b: string; readonly device: Device; readonly inputDims?: InputDims } & WithProgress,
  ModelComparison,
  FailureData
>('layerwise/compare');

/** Writes the model that a plan (the text of a plan file) makes; nothing is trained. */
export const applyRequest = new RequestType<
  ModelParams & { readonly plan: string; readonly out: string },
  { readonly model: string; readonly layers: readonly { readonly name: string; readonly rank?: number }[] },
  FailureData
>('layerwise/apply');

/** Runs under these folders (each holds `.layerwise/runs` or is such a folder), newest first. */
export const listRunsRequest = new RequestType<
  { readonly folders: readonly string[] },
  readonly RunSummary[],
  FailureData
>('layerwise/listRuns');
export const showRunRequest = new RequestType<{ readonly run: string }, RunDetail, FailureData>('layerwise/showRun');
export const deleteRunRequest = new RequestType<{ readonly run: string }, null, FailureData>('layerwise/deleteRun');

/** Starts a run and answers as soon as its folder is there; what happens follows as `runUpdated`. */
export const startRunRequest = new RequestType<
  { readonly request: CompressionRequest; readonly runsFolder: string },
  RunSummary,
  FailureData
>('layerwise/startRun');
export const resumeRunRequest = new RequestType<{ readonly run: string }, RunSummary, FailureData>(
  'layerwise/resumeRun',
);
/** Stops a run that this engine works on: its state stays, and it can be resumed. */
export const stopRunRequest = new RequestType<{ readonly run: string }, RunSummary, FailureData>('layerwise/stopRun');
/** Ends the stage at hand (search or fine-tuning) with the best so far, and goes on with the next. */
export const keepBestRequest = new RequestType<{ readonly run: string }, null, FailureData>('layerwise/keepBest');

/** How well the model of a finished run does now, on the samples that the run judged it on. */
export const evaluateRunRequest = new RequestType<{ readonly run: string } & WithProgress, RunMetric, FailureData>(
  'layerwise/evaluateRun',
);

export interface RunChange {
  readonly run: RunSummary;
  /** Absent when only the summary changed: a run that started, stopped, ended or failed. */
  readonly update?: RunUpdate;
}
export const runUpdatedNotification = new NotificationType<RunChange>('layerwise/runUpdated');

/** The engine is loaded and answers. */
export const readyNotification = new NotificationType<{ readonly version: string }>('layerwise/ready');
/** Sent by the engine every second while its event loop turns; a run of the runtime may hold it up for a while. */
export const heartbeatNotification = new NotificationType0('layerwise/heartbeat');
export const logNotification = new NotificationType<{
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
}>('layerwise/log');
