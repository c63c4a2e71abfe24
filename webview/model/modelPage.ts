import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { computed, effect, signal } from '@preact/signals';
import type { RunChange } from '../../src/protocol/messages';
import type { PageStart, PageTarget } from '../../src/protocol/page';
import type { Client } from '../ui/client';
import { ModelStore } from './modelStore';
import { PlanStore } from './planStore';
import { RunStore } from './runStore';
import { change, type Section, type ViewState } from './viewState';

/** The page of one model: what it knows, where the user is, and how both change. */
export class ModelPage {
  readonly store: ModelStore;
  readonly runs: RunStore;
  readonly plan: PlanStore;
  readonly engine = signal<'running' | 'stopped' | 'restarting'>('running');
  readonly file = signal<'there' | 'gone'>('there');

  constructor(
    readonly client: Client,
    readonly start: PageStart,
    readonly view: ViewState,
  ) {
    this.store = new ModelStore(client, start);
    this.runs = new RunStore(client, start, view);
    this.plan = new PlanStore(client, this.store, view, this.runs.latestReport, start);
    client.on('runUpdated', (value) => void this.runs.changed(value as RunChange));
    client.on('show', (target) => this.show(target));
    client.on('excluded', (layers) => (this.plan.excluded.value = new Set(layers)));
    client.on('pinned', (pinned) => (this.plan.pinned.value = pinned));
    client.on('engine', ({ state }) => this.engineChanged(state));
    client.on('measured', (times) => (this.store.times.value = times));
    client.on('modelChanged', ({ gone }) => {
      this.file.value = gone ? 'gone' : 'there';
      if (!gone) void this.store.reload();
    });
    if (start.show) this.show(start.show);
    this.followDetails();
  }

  async load(): Promise<void> {
    await Promise.all([this.store.load(), this.runs.load()]);
    if (this.view.peek().layer === undefined) {
      const first = this.firstLayer();
      if (first !== undefined) change(this.view, { layer: first });
    }
  }

  go(section: Section): void {
    change(this.view, { section });
  }

  select(layer: string): void {
    if (this.view.peek().layer === layer) return;
    const { tried } = this.view.peek();
    change(this.view, { layer, tried: tried?.layer === layer ? tried : undefined });
    this.client.tell('selectLayer', { layer });
  }

  /** Layers whose rows are in sight: their details are wanted after those of the chosen and planned ones. */
  readonly inSight = signal<readonly string[]>([]);

  private followDetails(): void {
    const chosen = computed(() => this.view.value.layer);
    effect(() => {
      const layer = chosen.value;
      // What a run planned stands in its report.
      const planned = [...this.plan.ranks.value].flatMap(([name, { source }]) => (source === 'run' ? [] : [name]));
      const wanted = [...(layer === undefined ? [] : [layer]), ...planned, ...this.inSight.value];
      if (this.store.summary.value.state === 'ready') this.store.wantDetails([...new Set(wanted)]);
    });
  }

  /** The layer to begin with: the one that takes longest, or costs most. */
  private firstLayer(): string | undefined {
    const sites = this.store.layers.peek().filter(({ site }) => site);
    const cost = (name: string): number => this.store.known(name)?.time?.ms ?? 0;
    return [...sites].sort((a, b) => cost(b.name) - cost(a.name) || b.macs - a.macs).at(0)?.name;
  }

  private show({ section, layer, run }: PageTarget): void {
    change(this.view, {
      ...(section && { section }),
      ...(layer !== undefined && { layer, section: section ?? 'layers' }),
      ...(run !== undefined && { run, section: section ?? 'result' }),
    });
    if (run !== undefined) void this.runs.choose(run);
  }

  private engineChanged(state: 'running' | 'stopped' | 'restarting'): void {
    const was = this.engine.peek();
    this.engine.value = state;
    if (state === 'running' && was !== 'running') void this.load();
  }
}

export const PageContext = createContext<ModelPage | undefined>(undefined);

export function usePage(): ModelPage {
  const page = useContext(PageContext);
  if (!page) throw new Error('The page has not begun.');
  return page;
}
