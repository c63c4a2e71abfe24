import type { ModelPage } from '../modelPage';
import type { Show } from '../viewState';
import { costAt, type Known, type LayerCost } from '../whatIf';
import type { PlannedRank } from '../planStore';
import { kindOf } from '../words';

/** One layer as the table shows it. */
export interface Row extends Known {
  readonly name: string;
  readonly excluded: boolean;
  readonly pinned?: number;
  readonly planned?: PlannedRank;
  readonly plannedCost?: LayerCost;
}

/** Rows of all layers, in the order of the model. */
export function rowsOf({ store, plan }: ModelPage): Row[] {
  const pinned = plan.pinned.value;
  const ranks = plan.ranks.value;
  return store.layers.value.map(({ name }) => {
    const known = store.known(name) as Known;
    const planned = ranks.get(name);
    return {
      ...known,
      name,
      excluded: plan.excluded.value.has(name),
      pinned: pinned[name],
      planned,
      plannedCost: planned && costAt(known, planned.rank),
    };
  });
}

/** Rows that have a text in their name, kind or reason, and belong to what is shown. */
export function filterRows(rows: readonly Row[], text: string, show: Show): Row[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return rows.filter((row) => {
    if (show === 'compressible' && !row.layer.site) return false;
    if (show === 'pinned' && row.pinned === undefined) return false;
    if (show === 'excluded' && !row.excluded) return false;
    const searched = `${row.name} ${kindOf(row.layer)} ${row.layer.reason}`.toLowerCase();
    return words.every((word) => searched.includes(word));
  });
}
