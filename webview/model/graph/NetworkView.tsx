import type { JSX } from 'preact';
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { elided } from '../../ui/Name';
import { t } from '../../ui/text';
import { nodeHeight, nodeWidth, type Layout, type PlacedEdge, type PlacedNode } from './layout';
import { fitted, panned, revealed, zoomed, type Size, type Viewport } from './viewport';

/** How a layer is coloured. */
export interface Tint {
  /** Of the largest value, 0 to 1. */
  readonly share: number;
  readonly text: string;
}

interface NetworkViewProps {
  readonly layout: Layout;
  readonly tintOf: (layer: string) => Tint | undefined;
  readonly color: 'time' | 'error';
  readonly selected?: string;
  readonly onSelect: (layer: string) => void;
  /** For the editor's context menu. */
  readonly contextOf: (layer: string) => string;
  /** Zooms from outside: by a factor, or to fit with 0. */
  readonly zoom: { readonly factor: number; readonly count: number };
}

/** Below this size words can't be read and are not drawn. */
const readable = 0.45;
const zoomStep = 1.25;
const panStep = 60;

/** The network, of which what is in sight is drawn. Arrow keys walk the layers, with Shift they move the picture. */
export function NetworkView(props: NetworkViewProps): JSX.Element {
  const { layout, tintOf, color, selected, onSelect, contextOf, zoom } = props;
  const element = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState<Size>({ width: 800, height: 500 });
  const [view, setView] = useState<Viewport>({ x: 0, y: 0, scale: 1 });
  const drag = useRef<{ x: number; y: number; moved: boolean }>(undefined);
  const layers = useMemo(() => layout.nodes.filter(({ layer }) => layer !== undefined), [layout]);
  const place = layers.find(({ layer }) => layer === selected);

  useLayoutEffect(() => {
    const box = element.current;
    if (!box) return;
    const observer = new ResizeObserver(([{ contentRect }]) =>
      setSize({ width: contentRect.width, height: contentRect.height }),
    );
    observer.observe(box);
    const first = { width: box.clientWidth, height: box.clientHeight };
    setView(fitted(layout, first));
    return () => observer.disconnect();
  }, [layout]);
  useLayoutEffect(() => {
    if (place) setView((now) => revealed(now, size, place));
  }, [place, size]);
  const middle = { x: size.width / 2, y: size.height / 2 };
  useLayoutEffect(() => {
    if (zoom.count > 0) setView((now) => (zoom.factor === 0 ? fitted(layout, size) : zoomed(now, zoom.factor, middle)));
  }, [zoom.count]);

  const onWheel = (event: WheelEvent): void => {
    event.preventDefault();
    const box = element.current?.getBoundingClientRect();
    const at = { x: event.clientX - (box?.left ?? 0), y: event.clientY - (box?.top ?? 0) };
    setView((now) =>
      event.ctrlKey ? zoomed(now, Math.exp(-event.deltaY / 200), at) : panned(now, event.deltaX, event.deltaY),
    );
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const moved = moveByKey(event, view, size, layout);
    if (moved) setView(moved);
    else {
      const at = place ? layers.indexOf(place) : -1;
      const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
      const next = step !== undefined ? layers.at(Math.min(layers.length - 1, Math.max(0, at + step))) : undefined;
      const end = event.key === 'Home' ? layers.at(0) : event.key === 'End' ? layers.at(-1) : next;
      if (end?.layer === undefined) return;
      onSelect(end.layer);
    }
    event.preventDefault();
  };
  const onPointerDown = (event: PointerEvent): void => {
    drag.current = { x: event.clientX, y: event.clientY, moved: false };
  };
  const onPointerMove = (event: PointerEvent): void => {
    const last = drag.current;
    if (!last || event.buttons !== 1) return;
    const [dx, dy] = [last.x - event.clientX, last.y - event.clientY];
    if (!last.moved && Math.abs(dx) + Math.abs(dy) < 4) return;
    drag.current = { x: event.clientX, y: event.clientY, moved: true };
    setView((now) => panned(now, dx, dy));
  };

  const top = view.y - nodeHeight;
  const bottom = view.y + size.height / view.scale + nodeHeight;
  const nodes = between(layout.nodes, top, bottom);
  const edges = layout.edges.filter(({ points }) => points[0].y <= bottom && points[points.length - 1].y >= top);
  const words = view.scale >= readable;
  return (
    <div
      ref={element}
      class={`network s-${color}`}
      onWheel={onWheel}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
    >
      <svg
        width={size.width}
        height={size.height}
        role="listbox"
        tabindex={0}
        aria-label={t('Network: arrow keys walk the layers, Shift with arrows moves, plus and minus zoom')}
        aria-activedescendant={place && nodes.includes(place) ? optionId(place) : undefined}
        onKeyDown={onKeyDown}
      >
        <g role="none" transform={`scale(${view.scale}) translate(${-view.x} ${-view.y})`}>
          <g class="edges" aria-hidden="true">
            {edges.map((edge) => (
              <path key={`${edge.from} ${edge.to}`} d={curve(edge, top, bottom)} />
            ))}
          </g>
          {nodes.map((node) => (
            <NodeBox
              key={node.id}
              node={node}
              words={words}
              context={node.layer === undefined ? undefined : contextOf(node.layer)}
              tint={node.layer === undefined ? undefined : tintOf(node.layer)}
              selected={node.layer !== undefined && node.layer === selected}
              onChoose={() => {
                if (node.layer !== undefined && !drag.current?.moved) onSelect(node.layer);
              }}
            />
          ))}
        </g>
      </svg>
    </div>
  );
}

interface NodeBoxProps {
  readonly context?: string;
  readonly node: PlacedNode;
  readonly words: boolean;
  readonly tint?: Tint;
  readonly selected: boolean;
  readonly onChoose: () => void;
}

/** Pixels that a letter takes, about. */
const letter = 6.6;

/** Width of an operator without weights: `BatchNormalization` has room. */
const pillWidth = 136;

function NodeBox({ context, node, words, tint, selected, onChoose }: NodeBoxProps): JSX.Element {
  const { x, y, op, layer } = node;
  const [left, top] = [x - nodeWidth / 2, y - nodeHeight / 2];
  if (layer === undefined) {
    return (
      <g class="node" aria-hidden="true">
        <rect x={x - pillWidth / 2} y={y - 9} width={pillWidth} height={18} rx={9} />
        {words && (
          <text x={x} y={y + 4} class="middle">
            {short(op, pillWidth - 12)}
          </text>
        )}
      </g>
    );
  }
  const figure = tint?.text ?? '';
  return (
    <g
      id={optionId(node)}
      class={`node layer ${selected ? 'selected' : ''}`}
      role="option"
      aria-selected={selected}
      aria-label={figure ? `${layer}, ${op}, ${figure}` : `${layer}, ${op}`}
      data-vscode-context={context}
      style={{ '--share': `${Math.round(40 * (tint?.share ?? 0))}%` }}
      onClick={onChoose}
    >
      <title>{`${layer} (${op}) ${figure}`}</title>
      <rect x={left} y={top} width={nodeWidth} height={nodeHeight} rx={2} />
      {tint && <rect class="share" x={left} y={top + nodeHeight - 3} width={nodeWidth * tint.share} height={3} />}
      {words && (
        <>
          <text x={left + 8} y={y + 3}>
            {short(layer, nodeWidth - 24 - figure.length * letter)}
          </text>
          <text x={left + nodeWidth - 8} y={y + 3} class="end figure">
            {figure}
          </text>
        </>
      )}
    </g>
  );
}

function optionId({ id }: PlacedNode): string {
  return `node-${id.replace(/\s/g, '_')}`;
}

/** As much of a name as there is room for. */
function short(name: string, room: number): string {
  return elided(name, Math.max(3, Math.floor(room / letter)));
}

/** The nodes in a range of heights; nodes rise by height. */
function between(nodes: readonly PlacedNode[], top: number, bottom: number): readonly PlacedNode[] {
  let [low, high] = [0, nodes.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (nodes[middle].y < top) low = middle + 1;
    else high = middle;
  }
  let end = low;
  while (end < nodes.length && nodes[end].y <= bottom) end++;
  return nodes.slice(low, end);
}

/** A smooth line through the bends that are in sight. */
function curve({ points }: PlacedEdge, top: number, bottom: number): string {
  const first = Math.max(0, points.findIndex(({ y }) => y >= top) - 1);
  const beyond = points.findIndex(({ y }) => y > bottom);
  const seen = points.slice(first, beyond < 0 ? undefined : beyond + 1);
  return seen
    .map(({ x, y }, index) => {
      if (index === 0) return `M${x},${y}`;
      const middle = (seen[index - 1].y + y) / 2;
      return `C${seen[index - 1].x},${middle} ${x},${middle} ${x},${y}`;
    })
    .join('');
}

function moveByKey(event: KeyboardEvent, view: Viewport, size: Size, layout: Layout): Viewport | undefined {
  const middle = { x: size.width / 2, y: size.height / 2 };
  switch (event.key) {
    case '+':
    case '=':
      return zoomed(view, zoomStep, middle);
    case '-':
      return zoomed(view, 1 / zoomStep, middle);
    case '0':
      return fitted(layout, size);
    case 'PageDown':
      return panned(view, 0, size.height * 0.8);
    case 'PageUp':
      return panned(view, 0, -size.height * 0.8);
    default: {
      if (!event.shiftKey) return undefined;
      const [dx, dy] = { ArrowDown: [0, 1], ArrowUp: [0, -1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key] ?? [
        0, 0,
      ];
      return dx === 0 && dy === 0 ? undefined : panned(view, dx * panStep, dy * panStep);
    }
  }
}
