import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { RunError } from '../../src/runs/errors';
import type { HalocSettings } from '../../src/search/halocSettings';
import { RunFolder } from '../../src/runs/runFolder';
import type { BenchNetwork, Row } from './rows';

/** What decides the rows besides their method: everything here goes into their settings. */
export interface BenchOptions {
  /** Folder of all rows, tables and measurements. */
  readonly work: string;
  readonly models: string;
  readonly data: string;
  readonly seed: number;
  readonly batch: number;
  /** Threads for training. */
  readonly threads: number;
  readonly epochs?: number;
  readonly searchEpochs?: number;
  readonly samples?: number;
  readonly haloc: Partial<HalocSettings>;
}

export function rowFolder({ work }: BenchOptions, { id }: Row): string {
  return join(work, 'rows', id);
}

/** Folder with the latencies of a network's layers and ranks. */
export function tableFolder({ work }: BenchOptions, network: BenchNetwork): string {
  return join(work, 'tables', network.name);
}

/** Folder with the rises of a network's loss, for the candidates of one resource. */
export function risesFolder({ work }: BenchOptions, network: BenchNetwork, resource: string): string {
  return join(work, 'rises', `${network.name}-${resource}`);
}

/** Times of a network's files on a number of threads. */
export function measuredFile({ work }: BenchOptions, network: BenchNetwork, threads: number): string {
  return join(work, 'measured', `${network.name}-${threads}-threads.json`);
}

export function modelPath({ models }: BenchOptions, network: BenchNetwork): string {
  return resolve(models, network.file);
}

/** Passes over the data of a row's fine-tuning. */
export function tuningEpochs(options: BenchOptions, { network, method }: Row): number {
  const { control } = method ?? {};
  if (control && 'modelOf' in control) return control.epochs;
  const added = control && 'searchEpochsAdded' in control ? searchEpochs(options, network) : 0;
  return (options.epochs ?? network.epochs) + added;
}

export function searchEpochs(options: BenchOptions, network: BenchNetwork): number {
  return options.searchEpochs ?? network.searchEpochs;
}

/** The shape of the file that a row hands over, and how well it does: what makes a row finished. */
export interface Judged {
  readonly file: string;
  readonly sha256: string;
  readonly accuracy: number;
  readonly samples: number;
  /** One character per validation sample, 1 where the model is right: rows can be compared sample by sample. */
  readonly right: string;
  readonly macs: number;
  readonly params: number;
  readonly bytes: number;
  /** The method of the same target whose row has the very same fine-tuning, when it was done there. */
  readonly tunedAs?: string;
}

/** What a phase took, over all starts of it. */
export interface Spent {
  readonly seconds: number;
  readonly peakMb: number;
  /** Starts that were needed; after a killed one the seconds are those written down at its last sign of life. */
  readonly starts: number;
  /** Whether the rises of the loss were measured apart from it. */
  readonly withRises?: boolean;
}

/** The run folder at a path, when there is one. */
export function existing(path: string): RunFolder | undefined {
  return existsSync(join(path, 'settings.json')) ? RunFolder.open(path) : undefined;
}

export function missing(what: string, phase: string): RunError {
  return new RunError(`${what} is not there yet.`, `Run the phase "${phase}" first.`);
}
