import { resumeCompression } from '../runs/compress';
import { completeRequest } from '../runs/compressionRequest';
import { freshFolder, newCompression } from '../runs/newCompression';
import { RunFolder } from '../runs/runFolder';
import { updateOf } from '../runs/runUpdates';
import type { HandlerContext } from '../runtime/childServer';
import { keepBestMessage, type RunOrder, type RunReport } from './workApi';

/** Least time between two reports of the same kind: ten a second are enough to look alive. */
const reportMs = 100;

/** Works on a run in this process: begins it or goes on with it, and reports what happens. */
export async function workOnRun(
  order: RunOrder,
  { signal, progress, onTold }: HandlerContext<RunReport>,
): Promise<null> {
  const run = openRun(order);
  const { model = '' } = run.settings as { model?: string };
  progress({ kind: 'opened', run: run.path, model, started: new Date(run.startedMs).toISOString() });
  run.listen((event) => {
    const update = updateOf(event);
    // Steps of the search are told as they come; what is written down of them is for later.
    if (update && update.kind !== 'search') progress({ kind: 'update', update });
  });
  const wishes = new Set<() => void>();
  onTold((message) => {
    if (message === keepBestMessage) for (const listen of wishes) listen();
  });
  const often = { progress: throttle(), search: throttle() };
  await resumeCompression(run, {
    signal,
    progress: (state) => {
      if (often.progress(state.stage, state.fraction === 1)) {
        progress({ kind: 'update', update: { kind: 'progress', progress: state } });
      }
    },
    search: (state) => {
      if (often.search(String(state.epoch), state.step === state.steps)) {
        progress({ kind: 'update', update: { kind: 'search', state } });
      }
    },
    // Notes are among the run's events.
    note: () => undefined,
    onKeepBest: (listener) => {
      wishes.add(listener);
      return () => wishes.delete(listener);
    },
  });
  return null;
}

function openRun(order: RunOrder): RunFolder {
  if ('run' in order) return RunFolder.open(order.run);
  const { request, runsFolder } = order;
  return newCompression(completeRequest(request), freshFolder(request.model, runsFolder));
}

/** Whether to report now: at once for what is new or last, else when the last report is long enough ago. */
function throttle(): (topic: string, last: boolean) => boolean {
  let reported = 0;
  let before: string | undefined;
  return (topic, last) => {
    const now = performance.now();
    if (topic === before && !last && now - reported < reportMs) return false;
    before = topic;
    reported = now;
    return true;
  };
}
