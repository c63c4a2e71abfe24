import type { RunChange } from '../../../src/protocol/messages';
import type { HostEvents, PageCancel, PageRequest } from '../../../src/protocol/page';
import type { Progress, RunSummary, RunUpdate } from '../../../src/protocol/runs';
import type { ModelTimes } from '../../../src/protocol/times';
import type { ModelData } from './modelData';

/** How the fake host behaves other than answering at once. */
export interface FakeHostOptions {
  /** Requests that fail, with the engine's words. */
  readonly failing?: Readonly<Record<string, { readonly message: string; readonly hint?: string }>>;
  /** Requests that are never answered. */
  readonly silent?: readonly string[];
  /** The latency table knows nothing until something is measured. */
  readonly unmeasured?: boolean;
}

export interface HostCall {
  readonly method: string;
  readonly params: unknown;
}

declare global {
  interface Window {
    acquireVsCodeApi: () => unknown;
    /** What the page asked for, and what it cancelled as `cancel`. */
    hostCalls: HostCall[];
    sendEvent: <E extends keyof HostEvents>(name: E, value: HostEvents[E]) => void;
    /** Makes a run and lets it tell what happens in it. */
    updateRun: (summary: RunSummary, update?: RunUpdate) => void;
  }
}

/** The host of a page under test: stands where the editor's is and answers from data. */
export function installFakeHost(data: ModelData, options: FakeHostOptions = {}): void {
  const stateKey = 'fake-host-state';
  let times: ModelTimes | undefined = options.unmeasured ? undefined : data.times;
  let staircases = options.unmeasured ? [] : data.staircases;
  const runs = new Map(data.runs.map((run) => [run.summary.path, run]));
  const open = new Map<number, ReturnType<typeof setTimeout>>();
  const send = (message: unknown): void => window.postMessage(message, '*');
  const progress = (id: number, value: Progress): void => send({ kind: 'progress', id, value });

  const answer = (method: string, params: Record<string, unknown>): unknown => {
    switch (method) {
      case 'start':
        return data.start;
      case 'inspect':
        return data.summary;
      case 'graph':
        return data.graph;
      case 'knownTimes':
        return times ?? null;
      case 'knownStaircases':
        return staircases;
      case 'devices':
        return data.devices;
      case 'details': {
        const layers = params['layers'] as readonly string[];
        return data.details.filter(({ layer }) => layers.includes(layer));
      }
      case 'measure':
        times = data.times;
        return times;
      case 'staircase': {
        const staircase = data.staircases.find(({ layer }) => layer === params['layer']);
        if (staircase) staircases = [...staircases, staircase];
        return staircase;
      }
      case 'compare':
        return data.comparison;
      case 'listRuns':
        return [...runs.values()].map(({ summary }) => summary);
      case 'showRun':
        return runs.get(params['run'] as string);
      case 'stopRun':
      case 'resumeRun': {
        const run = runs.get(params['run'] as string);
        if (!run) return null;
        const summary = {
          ...run.summary,
          state: method === 'stopRun' ? ('unfinished' as const) : ('running' as const),
        };
        runs.set(summary.path, { ...run, summary });
        return summary;
      }
      case 'startRun': {
        const path = `/home/me/.layerwise/runs/new-${runs.size}`;
        const started = '2026-11-25T14:02:00.000Z';
        const summary: RunSummary = { path, model: data.start.model, started, state: 'running', result: 'starting' };
        const request = params['request'] as never;
        runs.set(path, { summary, request, updates: [] });
        return { run: path };
      }
      case 'chooseData':
        return { data: 'cifar10:data/cifar-10-batches-bin' };
      case 'saveModelAs':
        return { path: '/home/me/small.onnx' };
      default:
        return null;
    }
  };
  /** Work that takes a while and tells how far it is. */
  const slow = new Set(['measure', 'staircase', 'compare']);

  const receive = (message: PageRequest | PageCancel): void => {
    if (message.kind === 'cancel') {
      clearTimeout(open.get(message.id));
      window.hostCalls.push({ method: 'cancel', params: message.id });
      return;
    }
    const { id, method } = message;
    const params = message.params as Record<string, unknown>;
    window.hostCalls.push({ method, params });
    const failure = options.failing?.[method];
    if (failure) return send({ kind: 'error', id, ...failure });
    if (slow.has(method))
      progress(id, { stage: 'measuring layers', fraction: 0.4, message: 'layer 3 of 7', etaMs: 4200 });
    if (options.silent?.includes(method)) return;
    const timer = setTimeout(() => send({ kind: 'result', id, result: answer(method, params) }), 0);
    open.set(id, timer);
  };

  window.hostCalls = [];
  window.acquireVsCodeApi = () => ({
    postMessage: (message: PageRequest | PageCancel) => receive(structuredClone(message)),
    getState: () => JSON.parse(sessionStorage.getItem(stateKey) ?? 'null') as unknown,
    setState: (state: unknown) => sessionStorage.setItem(stateKey, JSON.stringify(state)),
  });
  window.sendEvent = (name, value) => send({ kind: 'event', name, value });
  window.updateRun = (summary, update) => {
    const known = runs.get(summary.path);
    const request = known?.request ?? data.start.defaults;
    runs.set(summary.path, {
      ...known,
      request,
      summary,
      updates: [...(known?.updates ?? []), ...(update ? [update] : [])],
    });
    const changed: RunChange = { run: summary, update };
    window.sendEvent('runUpdated', changed);
  };
}
