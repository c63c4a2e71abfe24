import type { ModelPage } from '../modelPage';
import type { Show } from '../viewState';
import type { Known, LayerCost } from '../whatIf';
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
  const costs = plan.costs.value;
  return store.layers.value.map(({ name }) => {
    const known = store.known(name) as Known;
    return {
      ...known,
      name,
      excluded: plan.excluded.value.has(name),
      pinned: pinned[name],
      planned: ranks.get(name),
      plannedCost: costs.get(name),
    };
  });
}

/** Rows that have a text in their name, kind or reason, and belong to what is shown. */
export function filterRows(rows: readonly Row[], text: string, show: Show): readonly Row[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0 && show === 'all') return rows;
  return rows.filter((row) => {
    if (show === 'compressible' && !row.layer.site) return false;
    if (show === 'pinned' && row.pinned === undefined) return false;
    if (show === 'excluded' && !row.excluded) return false;
    if (words.length === 0) return true;
    const searched = `${row.name} ${kindOf(row.layer)} ${row.layer.reason}`.toLowerCase();
    return words.every((word) => searched.includes(word));
  });
}
