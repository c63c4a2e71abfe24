import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from '../onnx/atomicFile';
import { encodeModel } from '../onnx/write';
import type { Model } from '../onnx/model';
import { emptyModel, withSmallOutputs } from './callOverhead';
import { deviceKey } from './device';
import type { Device } from '../protocol/device';
import { describeEnvironment } from './environment';
import type { Environment } from '../protocol/environment';
import type { TableSummary } from '../protocol/times';
import { HardwareError } from './errors';
import { defaultTargetInterval, measureModels, type Measurement, type MeasureOptions } from './harness';
import { isSettled } from './measureLoop';
import { median, medianInterval } from './statistics';

/** A version in the file's name: programs of different versions never read each other's tables. */
const version = 3;

const tableEntry = z.object({
  /** What it is, for people. */
  label: z.string(),
  /** The smallest of the sessions' medians, with its interval; the cost of a call is taken off. */
  medianMs: z.number(),
  lowMs: z.number(),
  highMs: z.number(),
  noisy: z.boolean(),
  /** Raw samples in ms, by session, the cost of a call included. */
  sessions: z.array(z.array(z.number())),
  /** What a call of the runtime took, by session. */
  callMs: z.array(z.number()),
  measuredAt: z.string(),
});

const tableFile = z.object({
  version: z.literal(version),
  device: z.string(),
  environment: z.looseObject({ cpu: z.string(), runtime: z.string() }),
  entries: z.record(z.string(), tableEntry),
});

const tableDevice = z.object({
  provider: z.enum(['cpu', 'cuda', 'dml', 'coreml', 'webgpu']),
  threads: z.int().positive(),
});

/** The time of one block on one device. */
export type LatencyEntry = Readonly<z.infer<typeof tableEntry>>;

/** A block whose time is wanted. */
export interface WantedBlock {
  readonly key: string;
  readonly label?: string;
  /** Its model; asked for only when the time is not known. */
  readonly build: () => Model | Promise<Model>;
}

export interface MeasureMissingOptions extends Omit<MeasureOptions, 'provider' | 'threads' | 'maxMs'> {
  /** Entries that are older are measured again. */
  readonly maxAgeMs?: number;
  /** Fresh processes in which every block is measured. */
  readonly sessions?: number;
  /** Called when a part of the blocks is measured and saved. */
  readonly onEntries?: (done: number, total: number) => void;
}

/** So many blocks are in memory and interleaved at a time; the table is saved after each group. */
const groupSize = 32;

/** docs/haloc.md, Latency: memory lands differently in each process; the smallest of three medians repeats best. */
const defaultSessions = 3;

/** Time for one block in one session: 60 blocks then take less than 20 s. */
const blockMs = 100;

/** Sessions whose medians differ by more than this say that the machine was noisy. */
const sessionTolerance = 0.05;

/** A block that takes no longer than an empty call is entered with this. */
const leastMs = 1e-4;

/** The empty model among the blocks of a group; no key has a space. */
const emptyId = 'empty call';

/** Resolution of the samples kept: 10 ns. */
const sampleDigits = 5;

/**
 * Times of blocks on one device, as they are inside a model (without the cost of a call and of copying results), kept in a JSON file of a folder, one file for each device key. Several processes may
 * use one folder: saving merges.
 */
export class LatencyTable {
  private entries: Map<string, LatencyEntry>;

  private constructor(
    /** The file the table is kept in. */
    readonly path: string,
    readonly device: Device,
    private readonly environment: Environment,
  ) {
    this.entries = this.load();
  }

  /** Opens the table of a device; an empty one when there is none yet or what is there can't be read. */
  static open(folder: string, device: Device, environment: Environment = describeEnvironment(device)): LatencyTable {
    return new LatencyTable(join(folder, `${deviceKey(device, environment)}.v${version}.json`), device, environment);
  }

  get size(): number {
    return this.entries.size;
  }

  get keys(): Iterable<string> {
    return this.entries.keys();
  }

  entry(key: string): LatencyEntry | undefined {
    return this.entries.get(key);
  }

  /** Time since an entry was measured. */
  ageMs(key: string, now = Date.now()): number | undefined {
    const entry = this.entries.get(key);
    return entry && now - Date.parse(entry.measuredAt);
  }

  /** Adds an entry and saves. */
  add(key: string, entry: LatencyEntry): void {
    this.entries.set(key, entry);
    this.save();
  }

  /** Adds what was measured outside of the table, and saves. */
  addMeasurement(key: string, { id, medianMs, lowMs, highMs, noisy, samples, environment }: Measurement): void {
    const sessions = [samples.map(roundSample)];
    this.add(key, { label: id, medianMs, lowMs, highMs, noisy, sessions, callMs: [0], measuredAt: environment.time });
  }

  /**
   * Measures the blocks that the table does not know, interleaved in groups in the order given (so list those together
   * that will be compared), in several fresh processes; saves after each group, so that an interrupted call loses one
   * group at most. Throws as `measure` does.
   */
  async measureMissing(wanted: readonly WantedBlock[], options: MeasureMissingOptions = {}): Promise<void> {
    const { maxAgeMs = Infinity, onEntries, onProgress } = options;
    const byKey = new Map(wanted.map((block) => [block.key, block]));
    const missing = [...byKey.values()].filter(({ key }) => !((this.ageMs(key) ?? Infinity) < maxAgeMs));
    for (let start = 0; start < missing.length; start += groupSize) {
      const group = missing.slice(start, start + groupSize);
      await this.measureGroup(group, {
        ...options,
        // Waiting for quiet once is enough.
        quietMs: start === 0 ? options.quietMs : 0,
        onProgress: (progress) =>
          onProgress?.(
            progress.phase === 'measuring'
              ? { ...progress, fraction: (start + progress.fraction * group.length) / missing.length }
              : progress,
          ),
      });
      onEntries?.(start + group.length, missing.length);
    }
  }

  private async measureGroup(group: readonly WantedBlock[], options: MeasureMissingOptions): Promise<void> {
    const { sessions = defaultSessions, targetInterval = defaultTargetInterval, onProgress } = options;
    const models = [{ id: emptyId, model: encodeModel(emptyModel()) }];
    for (const { key, build } of group) models.push({ id: key, model: encodeModel(withSmallOutputs(await build())) });
    const samples = new Map<string, number[][]>(models.map(({ id }) => [id, []]));
    for (let session = 0; session < sessions; session++) {
      const measured = await measureModels(models, {
        ...options,
        ...this.device,
        quietMs: session === 0 ? options.quietMs : 0,
        maxMs: group.length * blockMs,
        onProgress: (progress) =>
          onProgress?.(
            progress.phase === 'measuring'
              ? { ...progress, fraction: (session + progress.fraction) / sessions }
              : progress,
          ),
      });
      for (const { id, samples: times } of measured) samples.get(id)?.push(times.map(roundSample));
    }
    const callMs = (samples.get(emptyId) ?? []).map((times) => roundSample(median(times)));
    for (const { key, label = key } of group) {
      this.entries.set(key, summarise(label, samples.get(key) ?? [], callMs, targetInterval));
    }
    this.save();
  }

  /** Merges what other processes added meanwhile, then replaces the file in one step. */
  private save(): void {
    this.entries = new Map([...this.load(), ...this.entries]);
    const contents: z.infer<typeof tableFile> = {
      version,
      device: deviceKey(this.device, this.environment),
      environment: { ...this.environment },
      entries: Object.fromEntries([...this.entries].sort(([a], [b]) => (a < b ? -1 : 1))),
    };
    try {
      fs.mkdirSync(dirname(this.path), { recursive: true });
      writeFileAtomic(this.path, `${JSON.stringify(contents)}\n`);
    } catch (error) {
      throw new HardwareError(`The latency table ${this.path} can't be written.`, 'Choose a folder that is writable.', {
        cause: error,
      });
    }
  }

  private load(): Map<string, LatencyEntry> {
    return new Map(Object.entries(readTable(this.path)?.entries ?? {}));
  }
}

/** A file that is missing, damaged or of another version counts as none: it holds only what can be measured again. */
function readTable(path: string): z.infer<typeof tableFile> | undefined {
  try {
    return tableFile.parse(JSON.parse(fs.readFileSync(path, 'utf8')));
  } catch {
    return undefined;
  }
}

/** The tables of a folder, by device. */
export function listTables(folder: string): TableSummary[] {
  const names = fs.existsSync(folder)
    ? fs.readdirSync(folder).filter((name) => name.endsWith(`.v${version}.json`))
    : [];
  return names.sort().flatMap((name) => {
    const path = join(folder, name);
    const { environment, entries = {} } = readTable(path) ?? {};
    const device = tableDevice.safeParse(environment).data;
    const times = Object.values(entries)
      .map(({ measuredAt }) => measuredAt)
      .sort();
    if (!device || times.length === 0) return [];
    return { device, path, entries: times.length, oldest: times[0], newest: times[times.length - 1] };
  });
}

/**
 * One entry from the samples of all sessions.
 * @param callMs what a call of the runtime took in each session
 */
export function summarise(
  label: string,
  sessions: readonly number[][],
  callMs: readonly number[],
  targetInterval: number,
): LatencyEntry {
  const [best, second] = sessions
    .map((samples, session) => {
      const net = samples.map((ms) => Math.max(leastMs, ms - callMs[session]));
      return { samples, interval: medianInterval(net) };
    })
    .sort((a, b) => a.interval.median - b.interval.median);
  const { median: medianMs, low: lowMs, high: highMs } = best.interval;
  const apart = second ? second.interval.median / medianMs - 1 : 0;
  return {
    label,
    medianMs,
    lowMs,
    highMs,
    noisy: !isSettled(best.samples, targetInterval) || apart > sessionTolerance,
    sessions: [...sessions],
    callMs: [...callMs],
    measuredAt: new Date().toISOString(),
  };
}

function roundSample(ms: number): number {
  return Number(ms.toFixed(sampleDigits));
}
