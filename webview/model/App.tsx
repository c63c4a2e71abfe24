import type { JSX } from 'preact';
import { Button } from '../ui/controls';
import { lazy } from '../ui/lazy';
import { t } from '../ui/text';
import { Banners } from './Banners';
import { Detail } from './detail/Detail';
import { Footer } from './Footer';
import { Header } from './Header';
import { LayersSection } from './layers/LayersSection';
import { usePage } from './modelPage';
import { Problem } from './Problem';
import { panelId, Tabs } from './Tabs';
import type { Section } from './viewState';

const sections: Readonly<Record<Section, () => JSX.Element>> = {
  layers: LayersSection,
  search: lazy(async () => (await import('./search/SearchSection')).SearchSection),
  result: lazy(async () => (await import('./result/ResultSection')).ResultSection),
  graph: lazy(async () => (await import('./graph/GraphSection')).GraphSection),
};

/** The page of a model: what it is and costs, its layers, a search, its results, its picture. */
export function App(): JSX.Element {
  const page = usePage();
  const summary = page.store.summary.value;
  const { section, layer } = page.view.value;
  if (summary.state === 'failed') {
    return (
      <main class="whole-page">
        <Problem failure={summary.failure}>
          <Button onClick={() => void page.store.reload()}>{t('Read Again')}</Button>
          <Button secondary onClick={() => page.client.tell('showLog', {})}>
            {t('Show Log')}
          </Button>
        </Problem>
      </main>
    );
  }
  if (summary.state === 'loading') {
    return (
      <main class="whole-page" aria-busy="true">
        <p class="quiet" role="status">
          {t('Reading the model...')}
        </p>
      </main>
    );
  }
  const Content = sections[section];
  const beside = (section === 'layers' || section === 'graph') && layer !== undefined;
  return (
    <div class="page">
      <Header summary={summary.value} />
      <Banners summary={summary.value} />
      <Tabs />
      <main class={beside ? 'content beside' : 'content'}>
        <div class="panel" id={panelId(section)} role="tabpanel" tabIndex={-1} aria-labelledby={`tab-${section}`}>
          <Content />
        </div>
        {beside && <Detail layer={layer} />}
      </main>
      <Footer />
    </div>
  );
}
