import type { ComponentChildren, JSX } from 'preact';
import { useCallback, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { moveInGrid, visibleRows, type Column, type Sort } from './grid';

interface VirtualTableProps<Row> {
  readonly label: string;
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly keyOf: (row: Row) => string;
  readonly sort?: Sort;
  readonly onSort: (sort: Sort | undefined) => void;
  readonly selected?: string;
  readonly onSelect: (key: string) => void;
  readonly rowClass?: (row: Row) => string;
  /** `data-vscode-context` of a row: the editor's context menu knows by it what was clicked. */
  readonly context?: (row: Row) => string;
  /** Which rows are in sight, whenever that changes. */
  readonly onVisible?: (rows: readonly Row[]) => void;
  /** Shown in place of rows. */
  readonly empty: ComponentChildren;
}

/** Height of a row and of the head in pixels, as in `table.css`. */
const rowHeight = 27;
const headHeight = 30;

/**
 * A table that holds thousands of rows and draws those in sight: an ARIA grid with one cell in the tab order, which the
 * arrow keys move. Choosing follows the focus.
 */
export function VirtualTable<Row>(props: VirtualTableProps<Row>): JSX.Element {
  const { rows, columns, keyOf, selected, onSelect, sort, onSort, onVisible } = props;
  const viewport = useRef<HTMLDivElement>(null);
  const [scroll, setScroll] = useState({ top: 0, height: 600 });
  const [cell, setCell] = useState({ row: 0, column: 0 });
  // Only a move by key or click takes the focus along, not a change of the rows.
  const wantsFocus = useRef(false);

  const selectedIndex = useMemo(() => rows.findIndex((row) => keyOf(row) === selected), [rows, selected]);
  const active = { row: Math.min(cell.row, rows.length), column: Math.min(cell.column, columns.length - 1) };
  const { first, last } = visibleRows(scroll.top, scroll.height - headHeight, rowHeight, rows.length);
  const drawn = new Set(Array.from({ length: Math.max(0, last - first) }, (_, i) => first + i));
  if (active.row > 0) drawn.add(active.row - 1);

  useLayoutEffect(() => {
    const element = viewport.current;
    if (!element) return;
    const read = (): void => setScroll({ top: element.scrollTop, height: element.clientHeight });
    const observer = new ResizeObserver(read);
    observer.observe(element);
    element.addEventListener('scroll', read, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', read);
    };
  }, []);
  useLayoutEffect(() => onVisible?.(rows.slice(first, last)), [rows, first, last]);
  // A choice made elsewhere (the graph, the tree) comes into sight.
  useLayoutEffect(() => {
    if (selectedIndex < 0) return;
    setCell(({ column }) => ({ row: selectedIndex + 1, column }));
    reveal(viewport.current, selectedIndex);
  }, [selectedIndex]);
  useLayoutEffect(() => {
    if (!wantsFocus.current) return;
    wantsFocus.current = false;
    viewport.current?.querySelector<HTMLElement>('[tabindex="0"]')?.focus({ preventScroll: true });
  }, [active.row, active.column]);

  const moveTo = (row: number, column: number): void => {
    wantsFocus.current = true;
    setCell({ row, column });
    if (row > 0) {
      reveal(viewport.current, row - 1);
      onSelect(keyOf(rows[row - 1]));
    }
  };
  const sortBy = (column: Column<Row>): void => {
    if (!column.sort) return;
    if (sort?.column !== column.id) onSort({ column: column.id, descending: typeof column.sort(rows[0]) !== 'string' });
    else onSort(nextSort(column, sort, rows[0]));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      const column = columns[active.column];
      if (active.row === 0) return sortBy(column);
      const row = rows[active.row - 1];
      return column.act ? column.act(row) : onSelect(keyOf(row));
    }
    const pageRows = Math.max(1, Math.floor((scroll.height - headHeight) / rowHeight) - 1);
    const next = moveInGrid(event, active, { rows: rows.length, columns: columns.length, pageRows });
    if (!next) return;
    event.preventDefault();
    moveTo(next.row, next.column);
  };

  const latestMove = useRef(moveTo);
  latestMove.current = moveTo;
  const onCell = useCallback((index: number, column: number) => latestMove.current(index + 1, column), []);

  const template = columns.map(({ width, grow }) => (grow ? `minmax(${width}px, ${grow}fr)` : `${width}px`)).join(' ');
  const leastWidth = columns.reduce((sum, { width }) => sum + width, 0);
  return (
    <div
      ref={viewport}
      class="grid"
      role="grid"
      aria-label={props.label}
      aria-rowcount={rows.length + 1}
      aria-colcount={columns.length}
      style={{ '--grid-columns': template, '--grid-width': `${leastWidth}px` }}
      onKeyDown={onKeyDown}
    >
      <div class="grid-head" role="row" aria-rowindex={1}>
        {columns.map((column, index) => (
          <div
            key={column.id}
            role="columnheader"
            aria-colindex={index + 1}
            aria-sort={sort?.column === column.id ? (sort.descending ? 'descending' : 'ascending') : undefined}
            class={`${column.right ? 'right' : ''} ${column.sort ? 'sortable' : ''} c-${column.id}`}
            title={column.description}
            tabIndex={active.row === 0 && active.column === index ? 0 : -1}
            onClick={() => {
              setCell({ row: 0, column: index });
              sortBy(column);
            }}
          >
            {column.title}
            {sort?.column === column.id && <span aria-hidden="true">{sort.descending ? ' ↓' : ' ↑'}</span>}
          </div>
        ))}
      </div>
      <div class="grid-body" role="rowgroup" style={{ height: `${rows.length * rowHeight}px` }}>
        {[...drawn].map((index) => {
          const row = rows[index];
          const key = keyOf(row);
          return (
            <GridRow<Row>
              key={key}
              row={row}
              index={index}
              columns={columns}
              class={props.rowClass?.(row) ?? ''}
              selected={key === selected}
              activeColumn={active.row === index + 1 ? active.column : -1}
              context={props.context?.(row)}
              onCell={onCell}
            />
          );
        })}
      </div>
      {rows.length === 0 && <div class="grid-empty">{props.empty}</div>}
    </div>
  );
}

interface GridRowProps<Row> {
  readonly row: Row;
  readonly index: number;
  readonly columns: readonly Column<Row>[];
  readonly class: string;
  readonly selected: boolean;
  /** -1 when the active cell is in another row. */
  readonly activeColumn: number;
  readonly context?: string;
  readonly onCell: (index: number, column: number) => void;
}

/** A row; made anew only when something of it changed, so that scrolling costs the rows that come into sight. */
function GridRow<Row>(props: GridRowProps<Row>): JSX.Element {
  const { row, index, columns, selected, activeColumn, context, onCell } = props;
  return useMemo(
    () => (
      <div
        role="row"
        class={`grid-row ${props.class}`}
        aria-rowindex={index + 2}
        aria-selected={selected}
        data-vscode-context={context}
        style={{ transform: `translateY(${index * rowHeight}px)` }}
      >
        {columns.map((column, columnIndex) => (
          <div
            key={column.id}
            role="gridcell"
            aria-colindex={columnIndex + 1}
            class={`${column.right ? 'right' : ''} c-${column.id}`}
            tabIndex={activeColumn === columnIndex ? 0 : -1}
            onClick={() => onCell(index, columnIndex)}
          >
            {column.cell(row)}
          </div>
        ))}
      </div>
    ),
    [row, index, columns, props.class, selected, activeColumn, context],
  );
}

/** Sorting goes round: the natural direction, the other one, the order of the model. */
function nextSort<Row>(column: Column<Row>, sort: Sort, row: Row): Sort | undefined {
  const natural = typeof column.sort?.(row) !== 'string';
  return sort.descending === natural ? { column: column.id, descending: !natural } : undefined;
}

function reveal(viewport: HTMLElement | null, index: number): void {
  if (!viewport) return;
  const top = index * rowHeight;
  const room = viewport.clientHeight - headHeight;
  if (top < viewport.scrollTop) viewport.scrollTop = top;
  else if (top + rowHeight > viewport.scrollTop + room) viewport.scrollTop = top + rowHeight - room;
}
