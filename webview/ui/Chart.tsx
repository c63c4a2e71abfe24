import { ticks } from 'd3-array';
import { line } from 'd3-shape';
import type { ComponentChildren, JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Figure, type TableData } from './DataTable';
import { useWidth } from './useWidth';

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Series {
  readonly name: string;
  readonly points: readonly Point[];
  /** `dashed` where values are estimates. */
  readonly kind: 'line' | 'dashed' | 'dots';
  /** One colour per meaning: `time`, `planned`, `rank`, `error`, `loss`. */
  readonly color: string;
}

export interface Axis {
  readonly min: number;
  readonly max: number;
  readonly format: (value: number) => string;
  readonly title?: string;
}

export interface Mark extends Point {
  readonly label?: string;
  readonly strong?: boolean;
  readonly color: string;
}

interface ChartProps {
  readonly title: string;
  readonly height: number;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
  readonly marks?: readonly Mark[];
  /** A horizontal line, such as the budget. */
  readonly level?: { readonly y: number; readonly label: string };
  /** A vertical line at the value that is chosen. */
  readonly chosen?: number;
  /** Chooses a value by click, drag or arrow key; without it the chart only tells. */
  readonly onPick?: (x: number) => void;
  /** Places that the pointer and the arrow keys find; those of the first series when left out. */
  readonly stops?: readonly number[];
  /** What the chart says at a place, in words. */
  readonly describe: (x: number) => string;
  readonly readout?: ComponentChildren;
  readonly table: () => TableData;
}

const left = 46;
const right = 10;
const top = 8;
const bottom = 20;
const pixelsPerTick = { x: 56, y: 34 };

/** Lines and dots over two axes. The arrow keys walk along it and tell the values; a click chooses where one may. */
export function Chart(props: ChartProps): JSX.Element {
  const { x, y, height, series, marks = [], level, chosen, onPick, describe } = props;
  const [element, width] = useWidth<HTMLDivElement>(340);
  const [cursor, setCursor] = useState<number>();
  const inner = { width: Math.max(40, width - left - right), height: height - top - bottom };
  const toX = (value: number): number => left + ((value - x.min) / (x.max - x.min || 1)) * inner.width;
  const toY = (value: number): number => top + (1 - (value - y.min) / (y.max - y.min || 1)) * inner.height;
  const path = line<Point>()
    .x((point) => toX(point.x))
    .y((point) => toY(point.y));
  // The last tick makes room for the axis' title.
  const xTicks = ticks(x.min, x.max, Math.max(2, Math.floor(inner.width / pixelsPerTick.x))).filter(
    (value) => x.title === undefined || toX(value) < left + inner.width - pixelsPerTick.x * 0.8,
  );
  const stops = props.stops ?? series[0]?.points.map((point) => point.x) ?? [];
  const at = cursor ?? chosen;

  const stopAt = (event: PointerEvent): number => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    return nearest(stops, x.min + ((event.clientX - box.left - left) / inner.width) * (x.max - x.min));
  };
  const onPointer = (event: PointerEvent): void => {
    if (stops.length === 0) return;
    const stop = stopAt(event);
    setCursor(stop);
    if (onPick && event.buttons === 1) onPick(stop);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = stepAlong(stops, at ?? x.min, event.key);
    if (next === undefined) return;
    event.preventDefault();
    setCursor(next);
    onPick?.(next);
  };

  return (
    <Figure title={props.title} readout={cursor === undefined ? props.readout : describe(cursor)} table={props.table}>
      <div ref={element} class="chart">
        <svg
          width={width}
          height={height}
          role="slider"
          tabindex={0}
          aria-label={props.title}
          aria-valuemin={x.min}
          aria-valuemax={x.max}
          aria-valuenow={at ?? x.min}
          aria-valuetext={at === undefined ? undefined : describe(at)}
          aria-readonly={onPick ? undefined : true}
          class={onPick ? 'pickable' : ''}
          onPointerMove={onPointer}
          onPointerDown={onPointer}
          onPointerLeave={() => setCursor(undefined)}
          onBlur={() => setCursor(undefined)}
          onKeyDown={onKeyDown}
        >
          <g class="axes">
            {ticks(y.min, y.max, Math.max(2, Math.floor(inner.height / pixelsPerTick.y))).map((value) => (
              <g key={value}>
                <line x1={left} x2={left + inner.width} y1={toY(value)} y2={toY(value)} />
                <text x={left - 6} y={toY(value) + 3.5} class="end">
                  {y.format(value)}
                </text>
              </g>
            ))}
            {xTicks.map((value) => (
              <text key={value} x={toX(value)} y={height - 5} class="middle">
                {x.format(value)}
              </text>
            ))}
            {x.title !== undefined && (
              <text x={left + inner.width} y={height - 5} class="end title">
                {x.title}
              </text>
            )}
          </g>
          {level && (
            <g class="level">
              <line x1={left} x2={left + inner.width} y1={toY(level.y)} y2={toY(level.y)} />
              <text x={left + 4} y={toY(level.y) - 4}>
                {level.label}
              </text>
            </g>
          )}
          {chosen !== undefined && (
            <line class="chosen" x1={toX(chosen)} x2={toX(chosen)} y1={top} y2={top + inner.height} />
          )}
          {series.map(({ name, points, kind, color }) =>
            kind === 'dots' ? (
              <g key={name} class={`dots s-${color}`}>
                {points.map((point) => (
                  <circle key={point.x} cx={toX(point.x)} cy={toY(point.y)} r={1.75} />
                ))}
              </g>
            ) : (
              <path key={name} class={`line ${kind} s-${color}`} d={path([...points]) ?? ''} />
            ),
          )}
          {marks.map((mark, index) => (
            <g key={index} class={`mark s-${mark.color} ${mark.strong ? 'strong' : ''}`}>
              <circle cx={toX(mark.x)} cy={toY(mark.y)} r={mark.strong ? 5 : 3.5} />
              {mark.label !== undefined && (
                <text
                  x={toX(mark.x) + (toX(mark.x) > left + inner.width * 0.7 ? -9 : 9)}
                  y={toY(mark.y) + (toY(mark.y) > top + inner.height - 14 ? -7 : 13)}
                  class={toX(mark.x) > left + inner.width * 0.7 ? 'end' : ''}
                >
                  {mark.label}
                </text>
              )}
            </g>
          ))}
          {cursor !== undefined && (
            <line class="cursor" x1={toX(cursor)} x2={toX(cursor)} y1={top} y2={top + inner.height} />
          )}
        </svg>
      </div>
    </Figure>
  );
}

/** The stop that is closest to a value. */
function nearest(stops: readonly number[], value: number): number {
  return stops.reduce((best, stop) => (Math.abs(stop - value) < Math.abs(best - value) ? stop : best), stops[0]);
}

/** Where a key moves among the stops, which rise; undefined for other keys. */
function stepAlong(stops: readonly number[], from: number, key: string): number | undefined {
  switch (key) {
    case 'ArrowRight':
    case 'ArrowUp':
      return stops.find((stop) => stop > from) ?? stops.at(-1);
    case 'ArrowLeft':
    case 'ArrowDown':
      return stops.findLast((stop) => stop < from) ?? stops.at(0);
    case 'Home':
      return stops.at(0);
    case 'End':
      return stops.at(-1);
    default:
      return undefined;
  }
}
