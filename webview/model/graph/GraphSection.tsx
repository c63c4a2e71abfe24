import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { Button, Select } from '../../ui/controls';
import { ms, percent, timeDecimals } from '../../ui/numbers';
import { t } from '../../ui/text';
import { layerContext } from '../contextMenu';
import { usePage, type ModelPage } from '../modelPage';
import { Problem } from '../Problem';
import { change, type View } from '../viewState';
import { layoutGraph } from './layout';
import { NetworkView, type Tint } from './NetworkView';

const zoomStep = 1.4;

/** The network as a picture, coloured by what its layers cost or lose. */
export function GraphSection(): JSX.Element {
  const page = usePage();
  const graph = page.store.graph.value;
  const { colorBy, layer } = page.view.value;
  const [zoom, setZoom] = useState({ factor: 1, count: 0 });
  useEffect(() => void page.store.loadGraph(), [graph]);
  const layout = useMemo(() => (graph?.state === 'ready' ? layoutGraph(graph.value) : undefined), [graph]);
  const tints = useTints(page, colorBy);
  const press = (factor: number): void => setZoom(({ count }) => ({ factor, count: count + 1 }));
  if (graph?.state === 'failed') {
    return (
      <div class="graph">
        <Problem failure={graph.failure}>
          <Button onClick={() => (page.store.graph.value = undefined)}>{t('Try Again')}</Button>
        </Problem>
      </div>
    );
  }
  return (
    <div class="graph">
      <div class="toolbar">
        <Select
          quiet
          label={t('Colour')}
          value={colorBy}
          options={[
            { value: 'time', label: t('Colour: measured time') },
            { value: 'error', label: t('Colour: error as planned') },
          ]}
          onChange={(value) => change(page.view, { colorBy: value as View['colorBy'] })}
        />
        <Legend colorBy={colorBy} tints={tints} />
        <span class="grow" />
        <Button secondary title={t('Zoom out (-)')} onClick={() => press(1 / zoomStep)}>
          <span aria-hidden="true">{'\u2212'}</span>
          <span class="sr-only">{t('Zoom out')}</span>
        </Button>
        <Button secondary title={t('Zoom in (+)')} onClick={() => press(zoomStep)}>
          <span aria-hidden="true">+</span>
          <span class="sr-only">{t('Zoom in')}</span>
        </Button>
        <Button secondary title={t('Fit (0)')} onClick={() => press(0)}>
          {t('Fit')}
        </Button>
      </div>
      {layout ? (
        <NetworkView
          layout={layout}
          tintOf={(name) => tints.byLayer.get(name)}
          color={colorBy}
          selected={layer}
          onSelect={(name) => page.select(name)}
          contextOf={(name) =>
            layerContext(name, page.store.known(name)?.layer.site !== undefined, name in page.plan.pinned.value)
          }
          zoom={zoom}
        />
      ) : (
        <p class="quiet waiting" role="status">
          {t('Drawing the network...')}
        </p>
      )}
      <span class="sr-only" role="status">
        {layer !== undefined && [layer, tints.byLayer.get(layer)?.text].filter(Boolean).join(', ')}
      </span>
    </div>
  );
}

interface Tints {
  readonly byLayer: ReadonlyMap<string, Tint>;
  /** What the deepest colour stands for; undefined when nothing is known. */
  readonly most?: string;
}

/** Colours of the layers: their time, or their error at the planned rank. */
function useTints(page: ModelPage, colorBy: View['colorBy']): Tints {
  const times = page.store.times.value;
  const costs = page.plan.costs.value;
  return useMemo(() => {
    const values: [string, number][] =
      colorBy === 'time'
        ? (times?.layers.map(({ name, ms: value }) => [name, value]) ?? [])
        : [...costs].flatMap(([name, { error }]) => (error === undefined ? [] : [[name, error]]));
    const largest = values.reduce((most, [, value]) => Math.max(most, value), 0);
    const decimals = timeDecimals(largest);
    const text = (value: number): string => (colorBy === 'time' ? ms(value, decimals) : percent(value));
    const byLayer = new Map(
      values.map(([name, value]): [string, Tint] => [name, { share: value / (largest || 1), text: text(value) }]),
    );
    return { byLayer, most: values.length === 0 ? undefined : text(largest) };
  }, [times, costs, colorBy]);
}

function Legend({ colorBy, tints }: { readonly colorBy: View['colorBy']; readonly tints: Tints }): JSX.Element {
  if (tints.most === undefined) {
    return (
      <span class="quiet">
        {colorBy === 'time'
          ? t('Not measured on this device yet.')
          : t('No ranks are planned: try one at a layer, or run a search.')}
      </span>
    );
  }
  return (
    <span class="scale">
      <span class="quiet">0</span>
      <span class={`ramp s-${colorBy}`} aria-hidden="true" />
      <span class="quiet">{tints.most}</span>
    </span>
  );
}
