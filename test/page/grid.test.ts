import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { moveInGrid, sortRows, visibleRows, type Column } from '../../webview/ui/grid';

interface Row {
  readonly name: string;
  readonly ms?: number;
}
const columns: Column<Row>[] = [
  { id: 'name', title: 'Name', width: 1, cell: ({ name }) => name, sort: ({ name }) => name },
  { id: 'ms', title: 'ms', width: 1, cell: ({ ms }) => ms, sort: ({ ms }) => ms },
];
const names = (rows: readonly Row[]): string[] => rows.map(({ name }) => name);

describe('sorting', () => {
  const rows = [{ name: 'conv10', ms: 1 }, { name: 'conv9' }, { name: 'conv2', ms: 3 }];

  it('puts rows without a value last in both directions', () => {
    expect(names(sortRows(rows, columns, { column: 'ms', descending: true }))).toEqual(['conv2', 'conv10', 'conv9']);
    expect(names(sortRows(rows, columns, { column: 'ms', descending: false }))).toEqual(['conv10', 'conv2', 'conv9']);
  });

  it('reads numbers in names', () => {
    expect(names(sortRows(rows, columns, { column: 'name', descending: false }))).toEqual(['conv2', 'conv9', 'conv10']);
  });

  it('keeps the order of the model without a column', () => {
    expect(sortRows(rows, columns, undefined)).toBe(rows);
  });
});

describe('moving in a grid', () => {
  const size = { rows: 50, columns: 4, pageRows: 10 };

  it('never leaves it, whatever the key', () => {
    const keys = ['ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight', 'PageUp', 'PageDown', 'Home', 'End'];
    const cells = fc.record({ row: fc.nat(50), column: fc.nat(3) });
    fc.assert(
      fc.property(fc.constantFrom(...keys), fc.boolean(), cells, (key, ctrlKey, cell) => {
        const next = moveInGrid({ key, ctrlKey }, cell, size);
        expect(next?.row).toBeGreaterThanOrEqual(0);
        expect(next?.row).toBeLessThanOrEqual(50);
        expect(next?.column).toBeGreaterThanOrEqual(0);
        expect(next?.column).toBeLessThanOrEqual(3);
      }),
    );
  });

  it('leaves other keys alone', () => {
    expect(moveInGrid({ key: 'a', ctrlKey: false }, { row: 1, column: 1 }, size)).toBeUndefined();
  });

  it('reaches the last cell with Ctrl+End and the first row with Ctrl+Home', () => {
    expect(moveInGrid({ key: 'End', ctrlKey: true }, { row: 3, column: 1 }, size)).toEqual({ row: 50, column: 3 });
    expect(moveInGrid({ key: 'Home', ctrlKey: true }, { row: 3, column: 1 }, size)).toEqual({ row: 1, column: 0 });
  });
});

describe('rows in sight', () => {
  it('are those that the window shows, a few more, and never more than there are', () => {
    fc.assert(
      fc.property(
        fc.nat(60_000),
        fc.nat(3000),
        fc.integer({ min: 10, max: 60 }),
        fc.nat(2000),
        (top, height, row, count) => {
          const { first, last } = visibleRows(top, height, row, count);
          expect(last).toBeLessThanOrEqual(count);
          expect(first).toBeLessThanOrEqual(last);
          expect(last - first).toBeLessThanOrEqual(height / row + 20);
          for (let index = 0; index < count; index++) {
            const inside = index * row < top + height && (index + 1) * row > top;
            if (inside) expect(index >= first && index < last).toBe(true);
          }
        },
      ),
      { numRuns: 30 },
    );
  });
});
