import type { LayerStaircase } from './times';

/** A layer told by its sizes alone, as source code tells it; sizes of one sample with its batch dimension. */
export interface LayerSketch {
  readonly op: 'Conv' | 'Gemm';
  /** Conv: `[1, C, ...places]`. Gemm: `[rows, features]`. */
  readonly input: readonly number[];
  /** Conv: `[O, C / group, ...window]`. Gemm: `[O, features]`. */
  readonly weight: readonly number[];
  readonly bias: boolean;
  /** Of a Conv; one number per spatial dimension, pads before and after. */
  readonly strides?: readonly number[];
  readonly dilations?: readonly number[];
  readonly pads?: readonly number[];
  readonly group?: number;
}

/** The step in which a device's times follow the number of channels, as its latency table shows it; 1 where it shows none. */
export interface LearntStep {
  readonly size: number;
  /** The layer's own ranks, or those of other layers of its kind. */
  readonly from: 'layer' | 'device';
  /** Layers that it was learnt from. */
  readonly layers: number;
}

/** What the latency table knows of a sketched layer; null where it knows nothing. */
export interface SketchTimes {
  readonly ms: number | null;
  /** Present where times of ranks are known; `layer` is the sketch's place in the request. */
  readonly staircase?: LayerStaircase;
  /** Absent while nothing on the device tells. */
  readonly step?: LearntStep;
}
