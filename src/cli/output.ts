/** What commands print: tables and numbers for people, one line of JSON for programs. */

export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string;
  /** Numbers stand to the right. */
  readonly right?: boolean;
}

/** A table in plain text, columns as wide as they need to be. */
export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const cells = rows.map((row) => columns.map((column) => column.value(row)));
  const widths = columns.map((column, i) => Math.max(column.title.length, ...cells.map((line) => line[i].length)));
  const line = (values: readonly string[]): string =>
    values
      .map((value, i) => (columns[i].right ? value.padStart(widths[i]) : value.padEnd(widths[i])))
      .join('  ')
      .trimEnd();
  return [line(columns.map((column) => column.title)), ...cells.map(line)].join('\n');
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** The JSON of a command: one line, the last one on standard output. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** 40,551,000 as `40.55 M`. */
export function si(value: number, digits = 2): string {
  for (const [scale, unit] of [
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const) {
    if (Math.abs(value) >= scale) return `${(value / scale).toFixed(digits)} ${unit}`;
  }
  return String(value);
}

export function bytes(value: number): string {
  return `${si(value, 1)}${value < 1e3 ? ' ' : ''}B`;
}

export function ms(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(3);
}

export function percent(value: number, digits = 1): string {
  return `${(100 * value).toFixed(digits)} %`;
}
