import type { ProviderStatus } from '../runtime/providers';
import type { Provider } from '../protocol/device';
import type { PairedSamples, Samples } from './measureLoop';
import type { InputDims } from './randomInputs';

/** A model to be timed: the path of a file, or the bytes of one. */
export interface BenchModel {
  readonly id: string;
  readonly model: string | Uint8Array;
  readonly inputDims?: InputDims;
}

export interface BenchSettings {
  readonly provider: Provider;
  readonly threads: number;
  readonly targetInterval: number;
  readonly maxMs: number;
  /** How long to wait for other processes to become quiet. */
  readonly quietMs: number;
  /** For the inputs and the order of the rounds. */
  readonly seed: number;
}

/** Cores other processes used meanwhile. */
interface Watched {
  readonly otherLoad: number;
}

/** What the bench child answers. Progress is the share of the work that is done. */
export interface BenchApi {
  measure: {
    params: { readonly models: readonly BenchModel[]; readonly settings: BenchSettings };
    result: Watched & { readonly samples: readonly Samples[] };
    progress: number;
  };
  compare: {
    params: { readonly a: BenchModel; readonly b: BenchModel; readonly settings: BenchSettings };
    result: Watched & { readonly paired: PairedSamples };
    progress: number;
  };
  probe: { params: Provider; result: ProviderStatus; progress: never };
}
