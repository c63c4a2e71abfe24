import type { Device } from './device';
import type { Environment } from './environment';
import type { Interval, Origin } from './figures';

export interface LayerTime {
  readonly name: string;
  readonly op: string;
  readonly macs: number;
  /** Median and interval of the layer's fused block alone. */
  readonly ms: number;
  readonly low: number;
  readonly high: number;
  /** Share of the sum over all layers. */
  readonly share: number;
  readonly origin: Origin;
}

/** Times of a model and its layers on a device, batch 1. */
export interface ModelTimes {
  readonly model: string;
  readonly device: Device;
  readonly latencyMs: number;
  readonly latency: Interval;
  readonly noisy: boolean;
  /** ISO 8601: the oldest of the measurements shown. */
  readonly measured: string;
  readonly environment: Environment;
  readonly layers: readonly LayerTime[];
  readonly table: { readonly sumMs: number; readonly wholeMs: number; readonly ratio: number };
}

/** Latency against rank at one layer: what the table knows of it. */
export interface LayerStaircase {
  readonly layer: string;
  readonly device: Device;
  readonly keepMs: number;
  /** Rising by rank. */
  readonly points: readonly {
    readonly rank: number;
    readonly ms: number;
    readonly low: number;
    readonly high: number;
  }[];
  /** Ranks on the front of the saw that beat the layer as it is. */
  readonly candidates: readonly number[];
  readonly step?: number;
}

/** A provider of this machine, and the latency tables measured with it. */
export interface DeviceSummary {
  readonly provider: Device['provider'];
  readonly available: boolean;
  /** One sentence: why it can't be used, or that it can. */
  readonly reason: string;
  /** Processor's name and instruction sets, in words. */
  readonly description: string;
  readonly tables: readonly TableSummary[];
}

export interface TableSummary {
  readonly device: Device;
  readonly path: string;
  readonly entries: number;
  /** ISO 8601: oldest and newest measurement. */
  readonly oldest: string;
  readonly newest: string;
}

/** How two models compare, measured in pairs. */
export interface ModelComparison {
  readonly speedup: Interval;
  readonly a: { readonly path: string; readonly latencyMs: number; readonly latency: Interval };
  readonly b: { readonly path: string; readonly latencyMs: number; readonly latency: Interval };
  /** Share of samples with the same class, or 1 - ||b - a|| / ||a||. */
  readonly agreement: number;
  readonly agreementOn: 'class' | 'values';
  /** ||b - a|| / ||a|| of the outputs over all samples. */
  readonly difference: number;
  readonly samples: number;
  readonly noisy: boolean;
  readonly device: Device;
  /** ||b - a|| / ||a|| of the outputs of layers that both models have, in graph order. */
  readonly layers: readonly { readonly name: string; readonly difference: number }[];
}
