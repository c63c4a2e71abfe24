import type { Device } from './device';
import type { Environment } from './environment';
import type { GateResult, Interval, LayerFigures, ModelFigures } from './figures';

export type Verdict = 'accepted' | 'fell-back';

/** Before and after, per layer and whole, with how each figure was obtained. Kept as `report.json`. */
export interface Report {
  readonly version: 1;
  readonly verdict: Verdict;
  /** Why, in one sentence. */
  readonly why: string;
  readonly model: { readonly source: string; readonly result: string };
  readonly budget: { readonly resource: string; readonly limit: number; readonly text: string };
  readonly search: string;
  readonly seed: number;
  readonly metricName?: string;
  readonly metricSamples?: number;
  readonly data?: string;
  readonly device: Device;
  /** Sizes that it was measured at, of inputs whose declared sizes are open; absent in reports of earlier versions. */
  readonly inputDims?: Readonly<Record<string, readonly number[]>>;
  readonly environment: Environment;
  readonly before: ModelFigures;
  readonly after: ModelFigures;
  /** What the model that did not pass reached. */
  readonly candidate?: ModelFigures;
  /** Paired measurement of the source file and the very file handed over. */
  readonly speedup: Interval;
  readonly gates: readonly GateResult[];
  readonly layers: readonly LayerFigures[];
  /** Sum of the latency table against the whole model's measured time, for the source model. */
  readonly tableCheck?: { readonly sumMs: number; readonly wholeMs: number; readonly ratio: number };
  readonly notes: readonly string[];
  /** Wall-clock seconds of each stage. */
  readonly secondsByStage: Readonly<Record<string, number>>;
}
