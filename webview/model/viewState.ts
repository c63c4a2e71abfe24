import { effect, signal, type Signal } from '@preact/signals';
import type { CompressionRequest } from '../../src/protocol/runs';
import type { Host } from '../ui/host';
import type { Sort } from '../ui/grid';

export type Section = 'layers' | 'search' | 'result' | 'graph';
export type Show = 'all' | 'compressible' | 'pinned' | 'excluded';

/** What a search is asked for, as the form holds it. */
export type FormDraft = Partial<Omit<CompressionRequest, 'model' | 'exclude' | 'pinned'>>;

/** Where the user is and what was typed: kept by the host, so that it is there again after a reload. */
export interface View {
  readonly version: 1;
  readonly section: Section;
  readonly layer?: string;
  readonly sort?: Sort;
  readonly text: string;
  readonly show: Show;
  /** The rank tried at the chosen layer, before it is pinned; null stands for the layer as it is. */
  readonly tried?: { readonly layer: string; readonly rank: number | null };
  readonly form: FormDraft;
  /** The run that the Result section shows; the latest when there is none. */
  readonly run?: string;
  /** Planned ranks come from pins alone, not also from the latest run. */
  readonly pinsOnly: boolean;
  readonly colorBy: 'time' | 'error';
}

const start: View = {
  version: 1,
  section: 'layers',
  text: '',
  show: 'all',
  form: {},
  pinsOnly: false,
  colorBy: 'time',
};

export type ViewState = Signal<View>;

/** The view as it was left, written back to the host whenever it changes. */
export function restoredView(host: Host): ViewState {
  const kept = host.getState();
  const view = signal<View>(isView(kept) ? { ...start, ...kept } : start);
  keep(host, view);
  return view;
}

export function change(view: ViewState, part: Partial<View>): void {
  view.value = { ...view.peek(), ...part };
}

/** While a rank is dragged the view changes with every move: the host is told when it rests, or when the page goes. */
const restMs = 150;

function keep(host: Host, view: ViewState): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  effect(() => {
    const state = view.value;
    clearTimeout(timer);
    timer = setTimeout(() => host.setState(state), restMs);
  });
  window.addEventListener('pagehide', () => host.setState(view.peek()));
}

function isView(state: unknown): state is View {
  return typeof state === 'object' && state !== null && 'version' in state && state.version === start.version;
}
