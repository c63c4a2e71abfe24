import { computed, signal, type ReadonlySignal } from '@preact/signals';
import type { LayerDetail, LayerSummary, ModelGraph, ModelSummary } from '../../src/protocol/model';
import type { PageStart } from '../../src/protocol/page';
import type { DeviceSummary, LayerStaircase, LayerTime, ModelTimes } from '../../src/protocol/times';
import type { Client } from '../ui/client';
import { failureOf, Task, type Loaded } from './task';
import type { Known } from './whatIf';

/** Details are asked for in groups: small ones, so that rows scrolled past cost little. */
const detailGroup = 24;

/** What the engine tells about the model: structure, times, ranks. */
export class ModelStore {
  readonly summary = signal<Loaded<ModelSummary>>({ state: 'loading' });
  readonly times = signal<ModelTimes | undefined>(undefined);
  readonly staircases = signal<ReadonlyMap<string, LayerStaircase>>(new Map());
  readonly details = signal<ReadonlyMap<string, LayerDetail>>(new Map());
  readonly graph = signal<Loaded<ModelGraph> | undefined>(undefined);
  readonly devices = signal<readonly DeviceSummary[]>([]);
  readonly inputDims = signal<PageStart['inputDims']>(undefined);
  readonly task = new Task();
  readonly layers: ReadonlySignal<readonly LayerSummary[]>;
  private readonly layerByName: ReadonlySignal<ReadonlyMap<string, LayerSummary>>;
  private readonly timeByName: ReadonlySignal<ReadonlyMap<string, LayerTime>>;
  private wanted: readonly string[] = [];
  private asking: string[] = [];
  /** Layers whose details can't be told; they are not asked for again. */
  private readonly refused = new Set<string>();

  constructor(
    private readonly client: Client,
    private readonly start: PageStart,
  ) {
    this.layers = computed(() => (this.summary.value.state === 'ready' ? this.summary.value.value.layers : []));
    this.layerByName = computed(() => new Map(this.layers.value.map((layer) => [layer.name, layer])));
    this.timeByName = computed(() => new Map(this.times.value?.layers.map((time) => [time.name, time])));
  }

  private get model(): { path: string; inputDims?: PageStart['inputDims'] } {
    return { path: this.start.model, inputDims: this.inputDims.peek() };
  }

  /** Everything known of a layer. */
  known(name: string): Known | undefined {
    const layer = this.layerByName.value.get(name);
    return (
      layer && {
        layer,
        time: this.timeByName.value.get(name),
        staircase: this.staircases.value.get(name),
        detail: this.details.value.get(name),
      }
    );
  }

  /** Reads the structure, then what the latency table knows already. */
  async load(): Promise<void> {
    this.inputDims.value ??= this.start.inputDims;
    try {
      this.summary.value = { state: 'ready', value: await this.client.request('inspect', this.model) };
    } catch (error) {
      this.summary.value = { state: 'failed', failure: failureOf(error) };
      return;
    }
    void this.askDetails();
    await this.loadTimes();
  }

  /** Reads the file anew: it changed on disk. What was known of the old one is forgotten. */
  async reload(): Promise<void> {
    this.summary.value = { state: 'loading' };
    this.times.value = undefined;
    this.staircases.value = new Map();
    this.details.value = new Map();
    this.graph.value = undefined;
    this.refused.clear();
    await this.load();
  }

  private async loadTimes(): Promise<void> {
    const where = { ...this.model, device: this.start.device };
    const known = async (): Promise<void> => {
      this.times.value = (await this.client.request('knownTimes', where)) ?? undefined;
    };
    const stairs = async (): Promise<void> => {
      const staircases = await this.client.request('knownStaircases', where);
      this.staircases.value = new Map(staircases.map((staircase) => [staircase.layer, staircase]));
    };
    const devices = async (): Promise<void> => {
      this.devices.value = await this.client.request('devices', {});
    };
    for (const work of [known(), stairs(), devices()]) {
      await work.catch((error: unknown) => (this.task.failure.value = failureOf(error)));
    }
  }

  /** Measures the model and its layers on the device. */
  async measure(): Promise<void> {
    const again = this.times.peek() !== undefined;
    const times = await this.task.run('measure', (options) =>
      this.client.request('measure', { ...this.model, device: this.start.device, again }, options),
    );
    if (times) this.times.value = times;
  }

  /** Measures latency against rank at a layer. */
  async measureStaircase(layer: string): Promise<void> {
    const staircase = await this.task.run('staircase', (options) =>
      this.client.request('staircase', { ...this.model, device: this.start.device, layer }, options),
    );
    if (staircase) this.staircases.value = new Map(this.staircases.peek()).set(layer, staircase);
  }

  /** Details of these layers are needed, the first ones first; earlier wishes are dropped. */
  wantDetails(layers: readonly string[]): void {
    this.wanted = layers;
    void this.askDetails();
  }

  private async askDetails(): Promise<void> {
    if (this.asking.length > 0 || this.summary.peek().state !== 'ready') return;
    const layers = this.wanted.filter((name) => !this.details.peek().has(name) && !this.refused.has(name));
    this.asking = layers.slice(0, detailGroup);
    if (this.asking.length === 0) return;
    const add = (details: readonly LayerDetail[]): void => {
      this.details.value = new Map([
        ...this.details.peek(),
        ...details.map((detail) => [detail.layer, detail] as const),
      ]);
    };
    try {
      const progress = (value: unknown): void => add([value as LayerDetail]);
      add(await this.client.request('details', { ...this.model, layers: this.asking }, { progress }));
    } catch (error) {
      this.client.tell('log', { level: 'warn', message: `Details: ${failureOf(error).message}` });
    }
    for (const name of this.asking) if (!this.details.peek().has(name)) this.refused.add(name);
    this.asking = [];
    await this.askDetails();
  }

  async loadGraph(): Promise<void> {
    if (this.graph.peek()) return;
    this.graph.value = { state: 'loading' };
    try {
      this.graph.value = { state: 'ready', value: await this.client.request('graph', this.model) };
    } catch (error) {
      this.graph.value = { state: 'failed', failure: failureOf(error) };
    }
  }

  /** Lets the user give sizes of open inputs and reads the model with them. */
  async chooseInputDims(open: readonly string[]): Promise<void> {
    const answer = await this.client.request('chooseInputDims', { open });
    if (!answer) return;
    this.inputDims.value = answer.inputDims;
    await this.reload();
  }
}
