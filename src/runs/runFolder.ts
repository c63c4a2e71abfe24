import * as fs from 'node:fs';
import { join, resolve } from 'node:path';
import { writeFileAtomic } from '../onnx/atomicFile';
import { RunError } from './errors';

/** What a run writes down as it goes; one JSON line each in `events.jsonl`. */
export interface RunEvent {
  readonly time: string;
  readonly kind: string;
  readonly [detail: string]: unknown;
}

const settingsFile = 'settings.json';
const eventsFile = 'events.jsonl';

/**
 * The folder of one run. Results of finished stages are JSON files that appear whole or not at all, so a killed run
 * goes on after the last stage that left its file.
 */
export class RunFolder {
  private readonly listeners: ((event: RunEvent) => void)[] = [];

  private constructor(readonly path: string) {}

  /** Makes the folder and writes the settings down. Throws a RunError when it can't be made. */
  static create(path: string, settings: unknown): RunFolder {
    try {
      fs.mkdirSync(path, { recursive: true });
      const run = new RunFolder(resolve(path));
      if (fs.existsSync(run.file(settingsFile))) {
        throw new RunError(
          `${path} already holds a run.`,
          `Choose another folder, or go on with it: layerwise runs resume ${path}`,
        );
      }
      writeJson(run.file(settingsFile), settings);
      return run;
    } catch (error) {
      if (RunError.is(error)) throw error;
      throw new RunError(`The run's folder ${path} can't be written.`, 'Choose another one with --run.');
    }
  }

  /** Makes the folder, or opens it when it holds a run with just these settings. Throws a RunError for other settings. */
  static createOrContinue(path: string, settings: unknown): RunFolder {
    if (!fs.existsSync(join(path, settingsFile))) return RunFolder.create(path, settings);
    const run = RunFolder.open(path);
    if (JSON.stringify(run.settings) === JSON.stringify(JSON.parse(JSON.stringify(settings)))) return run;
    throw new RunError(
      `${path} holds a run with other settings.`,
      'Choose another folder, or give the same options to go on.',
    );
  }

  /** Opens the folder of an earlier run. Throws a RunError when it holds none. */
  static open(path: string): RunFolder {
    const run = new RunFolder(resolve(path));
    if (!fs.existsSync(run.file(settingsFile))) {
      throw new RunError(`${path} holds no run.`, 'List the runs with: layerwise runs');
    }
    return run;
  }

  /** Whether two paths mean the same folder. */
  static isSame(a: string, b: string): boolean {
    return resolve(a) === resolve(b);
  }

  /** Runs under a folder, oldest first. */
  static list(parent: string): RunFolder[] {
    if (!fs.existsSync(parent)) return [];
    return fs
      .readdirSync(parent, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && fs.existsSync(join(parent, entry.name, settingsFile)))
      .map((entry) => new RunFolder(resolve(parent, entry.name)))
      .sort((a, b) => a.startedMs - b.startedMs);
  }

  get startedMs(): number {
    return fs.statSync(this.file(settingsFile)).mtimeMs;
  }

  file(name: string): string {
    return join(this.path, name);
  }

  get settings(): unknown {
    return this.read<unknown>(settingsFile);
  }

  has(name: string): boolean {
    return fs.existsSync(this.file(name));
  }

  read<T>(name: string): T | undefined {
    return this.has(name) ? (JSON.parse(fs.readFileSync(this.file(name), 'utf8')) as T) : undefined;
  }

  write(name: string, value: unknown): void {
    writeJson(this.file(name), value);
  }

  event(kind: string, detail: Readonly<Record<string, unknown>> = {}): void {
    const event: RunEvent = { time: new Date().toISOString(), kind, ...detail };
    fs.appendFileSync(this.file(eventsFile), `${JSON.stringify(event)}\n`);
    for (const listen of this.listeners) listen(event);
  }

  /** Calls back with every event that is written down through this object from now on. */
  listen(listener: (event: RunEvent) => void): void {
    this.listeners.push(listener);
  }

  /** Events so far; a line that a kill cut short is left out. */
  events(): RunEvent[] {
    if (!this.has(eventsFile)) return [];
    return fs
      .readFileSync(this.file(eventsFile), 'utf8')
      .split('\n')
      .flatMap((line) => {
        try {
          return line ? [JSON.parse(line) as RunEvent] : [];
        } catch {
          return [];
        }
      });
  }

  /**
   * The result of a stage: read when an earlier start of this run left it, computed and written down otherwise.
   */
  async stage<T>(name: string, compute: () => Promise<T>): Promise<T> {
    const file = `${name}.json`;
    const known = this.read<T>(file);
    if (known !== undefined) return known;
    this.event('stage', { name });
    const result = await compute();
    this.write(file, result);
    return result;
  }

  remove(): void {
    fs.rmSync(this.path, { recursive: true, force: true });
  }
}

/** Pretty JSON with a newline at its end, as people and diffs like it. */
function writeJson(path: string, value: unknown): void {
  writeFileAtomic(path, `${JSON.stringify(value, null, 2)}\n`);
}
