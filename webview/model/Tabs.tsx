import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { t } from '../ui/text';
import { usePage } from './modelPage';
import type { Section } from './viewState';

const order: readonly Section[] = ['layers', 'search', 'result', 'graph'];

export function panelId(section: Section): string {
  return `panel-${section}`;
}

function title(section: Section): string {
  switch (section) {
    case 'layers':
      return t('Layers');
    case 'search':
      return t('Search');
    case 'result':
      return t('Result');
    case 'graph':
      return t('Graph');
  }
}

/** The sections of the page; the arrow keys move between them. */
export function Tabs(): JSX.Element {
  const page = usePage();
  const list = useRef<HTMLDivElement>(null);
  const { section } = page.view.value;
  const running = page.runs.live.value?.state === 'running';
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -order.length, End: order.length }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const wrapped = Math.abs(step) === 1 ? order.length : 0;
    const at = order.indexOf(section) + step;
    const next = wrapped ? order[(at + wrapped) % wrapped] : order[Math.min(order.length - 1, Math.max(0, at))];
    page.go(next);
    list.current?.querySelector<HTMLElement>(`#tab-${next}`)?.focus();
  };
  return (
    <div ref={list} class="tabs" role="tablist" aria-label={t('Sections')} onKeyDown={onKeyDown}>
      {order.map((id) => (
        <button
          key={id}
          type="button"
          id={`tab-${id}`}
          role="tab"
          aria-selected={id === section}
          aria-controls={id === section ? panelId(id) : undefined}
          tabIndex={id === section ? 0 : -1}
          onClick={() => page.go(id)}
        >
          {title(id)}
          {id === 'search' && running && <span class="running-dot" aria-label={t('running')} role="img" />}
        </button>
      ))}
    </div>
  );
}
