import { computed, signal, type ReadonlySignal } from '@preact/signals';
import type { RunChange } from '../../src/protocol/messages';
import type { PageStart } from '../../src/protocol/page';
import type { Report } from '../../src/protocol/report';
import type { CompressionRequest, RunDetail, RunSummary, RunUpdate } from '../../src/protocol/runs';
import type { ModelComparison } from '../../src/protocol/times';
import type { Client } from '../ui/client';
import { failureOf, Task, type Failure } from './task';
import { change, type ViewState } from './viewState';

/** Runs of the model: the list, what happens in them, and how the outputs of their models compare. */
export class RunStore {
  readonly runs = signal<readonly RunSummary[]>([]);
  readonly details = signal<ReadonlyMap<string, RunDetail>>(new Map());
  readonly comparisons = signal<ReadonlyMap<string, ModelComparison>>(new Map());
  readonly failure = signal<Failure | undefined>(undefined);
  readonly comparing = new Task();
  /** The run whose live view is shown: the one that runs or was last started here. */
  readonly live: ReadonlySignal<RunSummary | undefined>;
  /** Run chosen for the Result section: as asked, or the latest finished one. */
  readonly shown: ReadonlySignal<RunSummary | undefined>;
  /** Report of the latest accepted run, which planned ranks start from. */
  readonly latestReport: ReadonlySignal<Report | undefined>;
  private readonly watched = signal<string | undefined>(undefined);

  constructor(
    private readonly client: Client,
    private readonly start: PageStart,
    private readonly view: ViewState,
  ) {
    this.live = computed(() => {
      const runs = this.runs.value;
      const watched = runs.find(({ path }) => path === this.watched.value);
      return watched ?? runs.find(({ state }) => state === 'running');
    });
    this.shown = computed(() => {
      const finished = this.runs.value.filter(({ state }) => state === 'finished');
      return finished.find(({ path }) => path === this.view.value.run) ?? finished.at(0);
    });
    this.latestReport = computed(() => {
      const latest = this.runs.value.find(({ figures }) => figures?.verdict === 'accepted');
      return latest && this.details.value.get(latest.path)?.report;
    });
  }

  /** The runs of this model, newest first. */
  async load(): Promise<void> {
    try {
      const runs = await this.client.request('listRuns', { folders: this.start.runFolders });
      this.runs.value = runs.filter(({ model }) => model === this.start.model);
    } catch (error) {
      this.failure.value = failureOf(error);
      return;
    }
    const wanted = new Set([
      this.runs.peek().find(({ figures }) => figures?.verdict === 'accepted')?.path,
      this.shown.peek()?.path,
      this.live.peek()?.path,
    ]);
    for (const path of wanted) if (path !== undefined) await this.show(path);
  }

  /** Loads what the page shows of a run. */
  async show(path: string): Promise<void> {
    try {
      this.put(await this.client.request('showRun', { run: path }));
    } catch (error) {
      this.failure.value = failureOf(error);
    }
  }

  /** Chooses the run of the Result section. */
  async choose(path: string): Promise<void> {
    change(this.view, { run: path });
    if (!this.details.peek().has(path)) await this.show(path);
  }

  async begin(request: CompressionRequest): Promise<void> {
    this.failure.value = undefined;
    try {
      const { run } = await this.client.request('startRun', { request });
      this.watched.value = run;
      await this.load();
      await this.show(run);
    } catch (error) {
      this.failure.value = failureOf(error);
    }
  }

  /** Shows the form again; the run stays in the list. */
  leave(): void {
    this.watched.value = undefined;
  }

  async act(method: 'resumeRun' | 'stopRun' | 'keepBest', run: string): Promise<void> {
    this.failure.value = undefined;
    this.watched.value = run;
    try {
      const summary = await this.client.request(method, { run });
      if (summary) this.replace(summary);
    } catch (error) {
      this.failure.value = failureOf(error);
    }
  }

  /** Compares the outputs of the source with those of the run's model, layer by layer. */
  async compare(run: string): Promise<void> {
    const report = this.details.peek().get(run)?.report;
    if (!report) return;
    const { device, inputDims } = this.start;
    const pair = { a: report.model.source, b: report.model.result, device, inputDims };
    const comparison = await this.comparing.run('compare', (options) => this.client.request('compare', pair, options));
    if (comparison) this.comparisons.value = new Map(this.comparisons.peek()).set(run, comparison);
  }

  /** Something happened in a run. */
  async changed({ run, update }: RunChange): Promise<void> {
    if (run.model !== this.start.model) return;
    const before = this.runs.peek().find(({ path }) => path === run.path);
    this.replace(run);
    const detail = this.details.peek().get(run.path);
    const ended = before?.state === 'running' && run.state !== 'running';
    if (!detail || ended) {
      if (run.state === 'running') this.watched.value ??= run.path;
      await this.show(run.path);
    } else if (update) this.put({ ...detail, summary: run, updates: withUpdate(detail.updates, update) });
  }

  private put(detail: RunDetail): void {
    this.details.value = new Map(this.details.peek()).set(detail.summary.path, detail);
  }

  private replace(run: RunSummary): void {
    const others = this.runs.peek().filter(({ path }) => path !== run.path);
    this.runs.value = [run, ...others].sort((a, b) => b.started.localeCompare(a.started));
  }
}

/** Of progress only the newest counts; everything else is kept. */
function withUpdate(updates: readonly RunUpdate[], update: RunUpdate): readonly RunUpdate[] {
  return [...(update.kind === 'progress' ? updates.filter(({ kind }) => kind !== 'progress') : updates), update];
}
