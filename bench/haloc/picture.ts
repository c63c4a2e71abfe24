import { scaleLinear, type ScaleLinear } from 'd3-scale';
import type { ResultRow } from './results';

const width = 460;
const height = 320;
const margin = { left: 58, right: 16, top: 34, bottom: 46 };

/** Colours that differ in lightness too, for those who see few colours and for print. */
const looks: Readonly<Record<string, { readonly colour: string; readonly mark: Mark }>> = {
  dense: { colour: '#444444', mark: 'diamond' },
  uniform: { colour: '#9a9a9a', mark: 'square' },
  evbmf: { colour: '#c9a227', mark: 'square' },
  greedy: { colour: '#7fb069', mark: 'square' },
  'knapsack-energy': { colour: '#8ecae6', mark: 'triangle' },
  'knapsack-rise': { colour: '#2176ae', mark: 'triangle' },
  'haloc-macs': { colour: '#d1495b', mark: 'circle' },
  'haloc-latency': { colour: '#8f1d3f', mark: 'circle' },
};
type Mark = 'circle' | 'square' | 'triangle' | 'diamond';

interface Axis {
  readonly title: string;
  readonly of: (row: ResultRow) => number | undefined;
}

const axes: readonly Axis[] = [
  { title: 'million MACs', of: ({ macs }) => macs / 1e6 },
  { title: 'ms, batch 1, one thread', of: ({ latencyMs }) => latencyMs?.median },
];

/** Accuracy against MACs and against measured latency, a row of panels for each network, as an SVG file. */
export function renderPicture(rows: readonly ResultRow[]): string {
  const shown = rows.filter(({ method, control }) => !control && method in looks);
  const networks = [...new Set(shown.map(({ network }) => network))];
  const panels = networks.flatMap((network, down) =>
    axes.map((axis, across) => {
      const own = shown.filter((row) => row.network === network && axis.of(row) !== undefined);
      return group(across * width, down * height, panel(network, axis, own));
    }),
  );
  const legendTop = networks.length * height;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${axes.length * width} ${legendTop + 58}" font-family="sans-serif" font-size="11" role="img">`,
    '<title>Accuracy against MACs and against measured latency, for every method and target</title>',
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    ...panels,
    group(0, legendTop, legend()),
    '</svg>',
    '',
  ].join('\n');
}

function panel(network: string, axis: Axis, rows: readonly ResultRow[]): string {
  const title = `<text x="${margin.left}" y="20" font-size="13" font-weight="bold">${network}</text>`;
  if (rows.length === 0) {
    return `${title}<text x="${margin.left}" y="60" fill="#666666">Not measured yet: ${axis.title}.</text>`;
  }
  const xs = rows.map((row) => axis.of(row) ?? 0);
  const ys = rows.flatMap(({ accuracy, accuracyStandardError: error }) => [accuracy - error, accuracy + error]);
  const x = scaleLinear([0, Math.max(...xs) * 1.05], [margin.left, width - margin.right]);
  const y = scaleLinear([Math.min(...ys), Math.max(...ys)], [height - margin.bottom, margin.top]).nice(5);
  return [title, grid(x, y, axis.title), ...rows.map((row) => point(row, x(axis.of(row) ?? 0), y))].join('\n');
}

function grid(x: ScaleLinear<number, number>, y: ScaleLinear<number, number>, xTitle: string): string {
  const bottom = height - margin.bottom;
  const vertical = x
    .ticks(6)
    .map(
      (tick) =>
        `<line x1="${at(x(tick))}" x2="${at(x(tick))}" y1="${margin.top}" y2="${bottom}" stroke="#eeeeee"/>` +
        `<text x="${at(x(tick))}" y="${bottom + 16}" text-anchor="middle" fill="#444444">${x.tickFormat(6)(tick)}</text>`,
    );
  const horizontal = y
    .ticks(5)
    .map(
      (tick) =>
        `<line x1="${margin.left}" x2="${width - margin.right}" y1="${at(y(tick))}" y2="${at(y(tick))}" stroke="#e4e4e4"/>` +
        `<text x="${margin.left - 8}" y="${at(y(tick) + 4)}" text-anchor="end" fill="#444444">${y.tickFormat(5)(tick)}</text>`,
    );
  const middle = (margin.top + bottom) / 2;
  return [
    ...vertical,
    ...horizontal,
    `<text x="${(margin.left + width - margin.right) / 2}" y="${bottom + 36}" text-anchor="middle">${xTitle}</text>`,
    `<text x="16" y="${middle}" text-anchor="middle" transform="rotate(-90 16 ${middle})">accuracy on batch 4, %</text>`,
  ].join('\n');
}

/** A mark with its standard error; the row's name shows when the pointer rests on it. */
function point(row: ResultRow, x: number, y: ScaleLinear<number, number>): string {
  const { accuracy, accuracyStandardError: error, method, target } = row;
  const { colour, mark } = looks[method];
  return (
    `<g><title>${method}, ${target}: ${accuracy.toFixed(2)} %</title>` +
    `<line x1="${at(x)}" x2="${at(x)}" y1="${at(y(accuracy - error))}" y2="${at(y(accuracy + error))}" stroke="${colour}"/>` +
    `${shape(mark, x, y(accuracy), colour)}</g>`
  );
}

function shape(mark: Mark, x: number, y: number, colour: string): string {
  const paint = `fill="${colour}" stroke="#ffffff" stroke-width="0.8"`;
  const path = (points: readonly (readonly [number, number])[]): string =>
    `<polygon points="${points.map(([dx, dy]) => `${at(x + dx)},${at(y + dy)}`).join(' ')}" ${paint}/>`;
  switch (mark) {
    case 'circle':
      return `<circle cx="${at(x)}" cy="${at(y)}" r="5" ${paint}/>`;
    case 'square':
      return `<rect x="${at(x - 4)}" y="${at(y - 4)}" width="8" height="8" ${paint}/>`;
    case 'triangle':
      return path([
        [0, -5.5],
        [5, 4],
        [-5, 4],
      ]);
    case 'diamond':
      return path([
        [0, -6],
        [5, 0],
        [0, 6],
        [-5, 0],
      ]);
  }
}

function legend(): string {
  return Object.entries(looks)
    .map(([method, { colour, mark }], i) => {
      const [x, y] = [margin.left + (i % 4) * 200, 14 + Math.floor(i / 4) * 22];
      return `${shape(mark, x, y, colour)}<text x="${x + 12}" y="${y + 4}">${method}</text>`;
    })
    .join('\n');
}

const group = (x: number, y: number, content: string): string => `<g transform="translate(${x} ${y})">${content}</g>`;
const at = (value: number): string => value.toFixed(1);
