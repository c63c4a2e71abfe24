import type { ComponentChildren } from 'preact';

export interface Column<Row> {
  readonly id: string;
  readonly title: string;
  /** What the title stands for, for screen readers and as a tooltip. */
  readonly description?: string;
  /** Width in pixels, at least. */
  readonly width: number;
  /** Its part of the room that is left over. */
  readonly grow?: number;
  readonly right?: boolean;
  readonly cell: (row: Row) => ComponentChildren;
  /** Values to sort by; rows without one come last. Without it the column is not sortable. */
  readonly sort?: (row: Row) => number | string | undefined;
  /** What Enter and the space bar do in a cell of this column; they choose the row otherwise. */
  readonly act?: (row: Row) => void;
}

export interface Sort {
  readonly column: string;
  readonly descending: boolean;
}

/** Rows drawn beyond the edges, so that scrolling finds them there. */
const margin = 8;

/** The rows in sight: `first` up to, not including, `last`. */
export function visibleRows(
  scrollTop: number,
  height: number,
  rowHeight: number,
  count: number,
): { readonly first: number; readonly last: number } {
  const first = Math.max(0, Math.floor(scrollTop / rowHeight) - margin);
  const last = Math.min(count, Math.ceil((scrollTop + height) / rowHeight) + margin);
  return { first: Math.min(first, last), last };
}

export interface Cell {
  /** 0 is the head. */
  readonly row: number;
  readonly column: number;
}

/** Where a key moves in a grid; undefined for keys that don't move. */
export function moveInGrid(
  { key, ctrlKey }: Pick<KeyboardEvent, 'key' | 'ctrlKey'>,
  { row, column }: Cell,
  { rows, columns, pageRows }: { readonly rows: number; readonly columns: number; readonly pageRows: number },
): Cell | undefined {
  const to = (nextRow: number, nextColumn: number): Cell => ({
    row: Math.min(rows, Math.max(0, nextRow)),
    column: Math.min(columns - 1, Math.max(0, nextColumn)),
  });
  switch (key) {
    case 'ArrowUp':
      return to(row - 1, column);
    case 'ArrowDown':
      return to(row + 1, column);
    case 'ArrowLeft':
      return to(row, column - 1);
    case 'ArrowRight':
      return to(row, column + 1);
    case 'PageUp':
      return to(Math.max(Math.min(1, row), row - pageRows), column);
    case 'PageDown':
      return to(row + pageRows, column);
    case 'Home':
      return ctrlKey ? to(Math.min(1, rows), 0) : to(row, 0);
    case 'End':
      return ctrlKey ? to(rows, columns - 1) : to(row, columns - 1);
    default:
      return undefined;
  }
}

/** Rows in the order of a column; those without a value last, equal ones in their old order. */
export function sortRows<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  sort: Sort | undefined,
): readonly Row[] {
  const value = columns.find(({ id }) => id === sort?.column)?.sort;
  if (!sort || !value) return rows;
  const direction = sort.descending ? -1 : 1;
  return rows
    .map((row) => ({ row, by: value(row) }))
    .sort((a, b) => {
      if (a.by === undefined || b.by === undefined) return Number(a.by === undefined) - Number(b.by === undefined);
      return direction * compare(a.by, b.by);
    })
    .map(({ row }) => row);
}

function compare(a: number | string, b: number | string): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a).localeCompare(String(b), undefined, { numeric: true });
}
