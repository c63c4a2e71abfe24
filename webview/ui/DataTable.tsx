import type { ComponentChildren, JSX } from 'preact';
import { useState } from 'preact/hooks';
import { t } from './text';

export interface TableData {
  readonly head: readonly string[];
  readonly rows: readonly (readonly ComponentChildren[])[];
}

/** A small table; the first column names the rows, the others hold figures. */
export function DataTable({ label, data }: { readonly label: string; readonly data: TableData }): JSX.Element {
  return (
    <table class="data" aria-label={label}>
      <thead>
        <tr>
          {data.head.map((title) => (
            <th key={title} scope="col">
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {data.rows.map((cells, row) => (
          <tr key={row}>
            {cells.map((cell, index) =>
              index === 0 ? (
                <th key={index} scope="row">
                  {cell}
                </th>
              ) : (
                <td key={index}>{cell}</td>
              ),
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface FigureProps {
  readonly title: string;
  /** What is read at the place pointed at, or a sentence about the whole. */
  readonly readout?: ComponentChildren;
  readonly table: () => TableData;
  readonly children: ComponentChildren;
}

/** A picture with its heading, and the same as a table at the press of a button. */
export function Figure({ title, readout, table, children }: FigureProps): JSX.Element {
  const [asTable, setAsTable] = useState(false);
  return (
    <figure>
      <figcaption>
        <h3>{title}</h3>
        <span class="readout" aria-live="polite">
          {readout}
        </span>
        <button
          type="button"
          class="link as-table"
          aria-pressed={asTable}
          aria-label={t('{0} as a table', title)}
          onClick={() => setAsTable(!asTable)}
        >
          {t('Table')}
        </button>
      </figcaption>
      {asTable ? (
        <div class="figure-table" tabIndex={0} role="region" aria-label={title}>
          <DataTable label={title} data={table()} />
        </div>
      ) : (
        children
      )}
    </figure>
  );
}
