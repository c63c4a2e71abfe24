import type { RequestType } from 'vscode-jsonrpc';
import type { Device } from './device';
import type * as engine from './messages';
import type { CompressionRequest } from './runs';
import type { ModelTimes } from './times';

/** Messages between a page and its host in the editor: requests by name, answers by number, and events. */
export interface PageRequest {
  readonly kind: 'request';
  readonly id: number;
  readonly method: string;
  readonly params: unknown;
}

export interface PageCancel {
  readonly kind: 'cancel';
  readonly id: number;
}

/** Answers a request, or says how far it is, or delivers a part of its result. */
export type PageAnswer =
  | { readonly kind: 'result'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'error'; readonly id: number; readonly message: string; readonly hint?: string }
  | { readonly kind: 'progress'; readonly id: number; readonly value: unknown };

export interface PageEvent {
  readonly kind: 'event';
  readonly name: string;
  readonly value: unknown;
}

/**
 * Requests of the model page that the engine answers, passed on by the host as they are (method names of
 * `messages.ts`, without `layerwise/`).
 */
export const forwardedMethods = [
  'inspect',
  'graph',
  'details',
  'knownTimes',
  'measure',
  'knownStaircases',
  'staircase',
  'devices',
  'compare',
  'listRuns',
  'showRun',
  'resumeRun',
  'stopRun',
  'keepBest',
] as const;
export type ForwardedMethod = (typeof forwardedMethods)[number];

/**
 * Parameters and results of the forwarded requests. Tokens for progress are the host's business: of `details`, the page
 * gets every LayerDetail as progress; of the others that report, a Progress of `runs.ts`.
 */
export type ForwardedMethods = {
  readonly [M in ForwardedMethod]: (typeof engine)[`${M}Request`] extends RequestType<
    infer P,
    infer R,
    engine.FailureData
  >
    ? { params: P; result: R }
    : never;
};

/** Requests of the model page that its host answers. */
export interface HostMethods {
  /** What the page needs to begin: which model, on which device, what is set, and words in the user's language. */
  start: { params: Record<string, never>; result: PageStart };
  startRun: { params: { request: CompressionRequest }; result: { run: string } };
  /** Which layer is chosen: the Models view follows. */
  selectLayer: { params: { layer: string }; result: null };
  /** Layers that keep their form in every search; kept in the workspace's state, shown as checkboxes in the view. */
  setExcluded: { params: { layers: readonly string[] }; result: null };
  setPinned: { params: { pinned: Readonly<Record<string, number>> }; result: null };
  chooseData: { params: Record<string, never>; result: { data: string } | null };
  saveModelAs: { params: { run: string }; result: { path: string } | null };
  copyPlan: { params: { run: string }; result: null };
  openReport: { params: { run: string }; result: null };
  openModel: { params: { path: string }; result: null };
  showLog: { params: Record<string, never>; result: null };
  /** Asks for the sizes of inputs that the model leaves open; null when the user gives none. */
  chooseInputDims: { params: { open: readonly string[] }; result: { inputDims: engine.InputDims } | null };
  /** A line for the log: what arrived and was not understood, or what went wrong in the page. */
  log: { params: { level: 'warn' | 'error'; message: string }; result: null };
}

export interface PageStart {
  readonly model: string;
  readonly device: Device;
  /** Sizes that the user gave for open inputs. */
  readonly inputDims?: engine.InputDims;
  /** Folders under which runs of this model are looked for. */
  readonly runFolders: readonly string[];
  readonly excluded: readonly string[];
  readonly pinned: Readonly<Record<string, number>>;
  /** Data sets to offer in the search form, the best guess first. */
  readonly dataSets: readonly string[];
  readonly defaults: CompressionRequest;
  /** False in restricted mode: the page shows the structure and says why it measures nothing. */
  readonly trusted: boolean;
  /** Translations of the page's texts, by their English form; what is missing stays English. */
  readonly texts: Readonly<Record<string, string>>;
  /** Where to begin: a section, a layer or a run. */
  readonly show?: PageTarget;
}

export interface PageTarget {
  readonly section?: 'layers' | 'search' | 'result' | 'graph';
  readonly layer?: string;
  readonly run?: string;
}

/** Events that a host sends to its page. */
export interface HostEvents {
  /** A `RunChange` of `messages.ts`. */
  runUpdated: unknown;
  show: PageTarget;
  excluded: readonly string[];
  pinned: Readonly<Record<string, number>>;
  /** The model's file changed on disk or is gone. */
  modelChanged: { readonly gone: boolean };
  engine: { readonly state: 'running' | 'stopped' | 'restarting' };
  /** The model was measured, by this page or by somebody else. */
  measured: ModelTimes;
}
