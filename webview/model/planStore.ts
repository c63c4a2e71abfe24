import { computed, signal, type ReadonlySignal } from '@preact/signals';
import type { PageStart } from '../../src/protocol/page';
import type { Report } from '../../src/protocol/report';
import type { Client } from '../ui/client';
import type { ModelStore } from './modelStore';
import { change, type View, type ViewState } from './viewState';
import { costAt, costInReport, modelPlan, type LayerCost, type ModelPlan, type PlannedLayer } from './whatIf';

/** Where a planned rank comes from. */
export type RankSource = 'tried' | 'pinned' | 'run';

export interface PlannedRank {
  readonly rank: number;
  readonly source: RankSource;
}

/** What the user plans: layers to leave out, pinned ranks, a rank being tried, and what they add up to. */
export class PlanStore {
  readonly excluded = signal<ReadonlySet<string>>(new Set());
  readonly pinned = signal<Readonly<Record<string, number>>>({});
  /** Planned rank by layer; layers that keep their form are not listed. */
  readonly ranks: ReadonlySignal<ReadonlyMap<string, PlannedRank>>;
  /** What the planned layers cost, by name. */
  readonly costs: ReadonlySignal<ReadonlyMap<string, LayerCost>>;
  readonly model: ReadonlySignal<ModelPlan | undefined>;
  /** Of the view, only these two concern the plan: it is not worked out anew for others. */
  private readonly triedRank: ReadonlySignal<View['tried']>;
  private readonly pinsOnly: ReadonlySignal<boolean>;

  constructor(
    private readonly client: Client,
    private readonly store: ModelStore,
    private readonly view: ViewState,
    /** The report of the latest accepted run. */
    readonly basis: ReadonlySignal<Report | undefined>,
    start: PageStart,
  ) {
    this.excluded.value = new Set(start.excluded);
    this.pinned.value = start.pinned;
    this.triedRank = computed(() => view.value.tried);
    this.pinsOnly = computed(() => view.value.pinsOnly);
    this.ranks = computed(() => this.plannedRanks());
    this.costs = computed(() => this.plannedCosts());
    this.model = computed(() => {
      const summary = store.summary.value;
      if (summary.state !== 'ready') return undefined;
      const layers = [...this.costs.value].flatMap(([name, cost]): PlannedLayer[] => {
        const known = store.known(name);
        return known ? [{ known, cost }] : [];
      });
      return modelPlan(summary.value, store.times.value, layers);
    });
  }

  /** The rank tried at a layer: null for the layer as it is, undefined when none is tried. */
  tried(layer: string): number | null | undefined {
    const tried = this.triedRank.value;
    return tried?.layer === layer ? tried.rank : undefined;
  }

  try(layer: string, rank: number | null): void {
    change(this.view, { tried: { layer, rank } });
  }

  /** Fixes the rank of a layer for every search; without a rank the layer is free again. */
  pin(layer: string, rank: number | undefined): void {
    const { [layer]: _, ...others } = this.pinned.peek();
    this.pinned.value = rank === undefined ? others : { ...others, [layer]: rank };
    change(this.view, { tried: undefined });
    this.client.tell('setPinned', { pinned: this.pinned.peek() });
  }

  unpinAll(): void {
    this.pinned.value = {};
    change(this.view, { tried: undefined });
    this.client.tell('setPinned', { pinned: {} });
  }

  exclude(layer: string, excluded: boolean): void {
    const layers = new Set(this.excluded.peek());
    if (excluded) layers.add(layer);
    else layers.delete(layer);
    this.excluded.value = layers;
    this.client.tell('setExcluded', { layers: [...layers] });
  }

  /** The report whose measured figures hold for the plan: its very ranks are planned. */
  get measuredBy(): Report | undefined {
    const report = this.report;
    const chosen = report?.layers.filter(({ rank }) => rank !== undefined) ?? [];
    const ranks = this.ranks.value;
    const same = chosen.length === ranks.size && chosen.every(({ name, rank }) => ranks.get(name)?.rank === rank);
    return same && ranks.size > 0 ? report : undefined;
  }

  /** The report that planned ranks start from. */
  private get report(): Report | undefined {
    const report = this.pinsOnly.value ? undefined : this.basis.value;
    return report?.verdict === 'accepted' ? report : undefined;
  }

  private plannedCosts(): Map<string, LayerCost> {
    const figures = new Map(this.report?.layers.map((layer) => [layer.name, layer]));
    const costs = new Map<string, LayerCost>();
    for (const [name, { rank, source }] of this.ranks.value) {
      const known = this.store.known(name);
      const inReport = source === 'run' ? figures.get(name) : undefined;
      if (known) costs.set(name, inReport ? costInReport(known, inReport) : costAt(known, rank));
    }
    return costs;
  }

  private plannedRanks(): Map<string, PlannedRank> {
    const ranks = new Map<string, PlannedRank>();
    const tried = this.triedRank.value;
    for (const { name, rank } of this.report?.layers ?? []) {
      if (rank !== undefined) ranks.set(name, { rank, source: 'run' });
    }
    for (const [name, rank] of Object.entries(this.pinned.value)) ranks.set(name, { rank, source: 'pinned' });
    for (const name of this.excluded.value) ranks.delete(name);
    if (tried?.rank === null) ranks.delete(tried.layer);
    else if (tried) ranks.set(tried.layer, { rank: tried.rank, source: 'tried' });
    return ranks;
  }
}
