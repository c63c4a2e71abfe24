import type { JSX } from 'preact';
import { percent } from './numbers';
import { t } from './text';

export interface HeatRow {
  readonly name: string;
  readonly cells: readonly { readonly label: string; readonly share: number }[];
}

/** One row per name: how likely each of its choices is, as depth of colour. A table with the same must stand beside it. */
export function HeatStrip({ rows }: { readonly rows: readonly HeatRow[] }): JSX.Element {
  return (
    <div class="heat" role="list">
      {rows.map(({ name, cells }) => {
        const best = cells.reduce((a, b) => (b.share > a.share ? b : a), cells[0]);
        return (
          <div key={name} class="heat-row" role="listitem">
            <span class="heat-name" title={name}>
              {name}
            </span>
            <span class="heat-cells" aria-hidden="true">
              {cells.map((cell) => (
                <i
                  key={cell.label}
                  class={cell === best ? 'best' : ''}
                  title={`${cell.label}: ${percent(cell.share)}`}
                  style={{ '--share': `${Math.round(100 * cell.share)}%` }}
                />
              ))}
            </span>
            <span class="heat-best">
              <span>{best?.label}</span> <span class="quiet">{best && percent(best.share, 0)}</span>
            </span>
          </div>
        );
      })}
      {rows.length === 0 && <p class="quiet">{t('Nothing to choose yet.')}</p>}
    </div>
  );
}
