import type { Device } from './device';
import type { Interval } from './figures';
import type { Report } from './report';

/** Ways to find a plan, the best first. */
export const searchKinds = ['haloc', 'knapsack', 'greedy', 'uniform', 'evbmf'] as const;
export type SearchKind = (typeof searchKinds)[number];

/** What a compression is asked for. Settings that are left out have the engine's defaults. */
export interface CompressionRequest {
  readonly model: string;
  /** As on the command line: `fashion-mnist`, `cifar10:DIR`, ...; without it accuracy is not verified. */
  readonly data?: string;
  readonly budget: { readonly resource: 'latency' | 'macs' | 'params' | 'bytes'; readonly text: string };
  /** Points of accuracy (or dB of PSNR) that may be lost. */
  readonly maxDrop?: number;
  readonly search?: SearchKind;
  /** Layers that must keep their form. */
  readonly exclude?: readonly string[];
  /** Ranks that are fixed by the user, by layer. */
  readonly pinned?: Readonly<Record<string, number>>;
  readonly device?: Device;
  /** Sizes for inputs whose declared sizes are open, by input name. */
  readonly inputDims?: Readonly<Record<string, readonly number[]>>;
  readonly searchEpochs?: number;
  readonly epochs?: number;
  readonly rate?: number;
  readonly samples?: number;
  readonly seed?: number;
  /** Where the result is put besides the run's folder. */
  readonly out?: string;
}

/** `running` is worked on by a live process, this engine's or another; `unfinished` can be resumed. */
export type RunState = 'running' | 'finished' | 'failed' | 'unfinished';

export interface RunSummary {
  /** The run's folder. */
  readonly path: string;
  /** The source model. */
  readonly model: string;
  /** ISO 8601 */
  readonly started: string;
  readonly state: RunState;
  /** One line: the verdict, the stage, or what went wrong. */
  readonly result: string;
  /** Of a run that failed because its budget can't be met: one that can, as text for a request. */
  readonly reachable?: string;
  /** Of finished runs, for lists and the Pareto picture. */
  readonly figures?: {
    readonly verdict: Report['verdict'];
    /** What the budget was on. */
    readonly resource: string;
    readonly speedup: Interval;
    readonly latencyMs: number;
    readonly metric?: number;
    readonly metricName?: string;
    readonly macs: number;
    readonly bytes: number;
  };
}

/** How far a stage is. */
export interface Progress {
  readonly stage: string;
  /** 0 to 1 */
  readonly fraction: number;
  readonly message?: string;
  readonly etaMs?: number;
}

/** A step of a search, as the live view shows it. */
export interface SearchState {
  readonly epoch: number;
  readonly epochs: number;
  readonly step: number;
  readonly steps: number;
  readonly temperature: number;
  readonly loss: number;
  /** Expected cost as a share of the budget. */
  readonly expected: number;
  readonly multiplier: number;
}

/** Selection probabilities of the sites, each in the order of its choices (ranks rising, then keep). */
export interface Probabilities {
  readonly epoch: number;
  readonly step: number;
  readonly sites: readonly {
    readonly site: string;
    readonly choices: readonly (number | 'keep')[];
    readonly probabilities: readonly number[];
  }[];
}

/** An epoch of training that ended. */
export interface EpochState {
  readonly stage: string;
  readonly epoch: number;
  readonly loss: number;
  /** Of the training samples, percent. */
  readonly accuracy?: number;
  /** Of the validation samples: accuracy in percent or PSNR in dB. */
  readonly metric?: number;
}

/** What happens in a run, as it happens; also rebuilt from the run's folder when it is shown later. */
export type RunUpdate =
  | { readonly kind: 'stage'; readonly name: string }
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'note'; readonly sentence: string }
  | { readonly kind: 'search'; readonly state: SearchState }
  | { readonly kind: 'probabilities'; readonly probabilities: Probabilities }
  | { readonly kind: 'epoch'; readonly state: EpochState };

/** A run with everything its page shows. */
export interface RunDetail {
  readonly summary: RunSummary;
  readonly request: CompressionRequest;
  /** Stages, notes, some steps of the search with their probabilities, and epochs so far, oldest first; then the present progress. */
  readonly updates: readonly RunUpdate[];
  readonly report?: Report;
  /** Text of the plan file, when there is one. */
  readonly plan?: string;
}

/** How well a model does its task. */
export interface RunMetric {
  readonly metric: 'accuracy' | 'psnr';
  /** Accuracy in percent, PSNR in dB. */
  readonly value: number;
  readonly samples: number;
}
