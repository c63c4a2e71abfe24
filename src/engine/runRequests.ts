import {
  deleteRunRequest,
  keepBestRequest,
  listRunsRequest,
  resumeRunRequest,
  runUpdatedNotification,
  showRunRequest,
  startRunRequest,
  stopRunRequest,
} from '../protocol/messages';
import type { RunDetail } from '../protocol/runs';
import { compressionsUnder, deleteRun, runDetail } from '../runs/runList';
import { answer } from './answer';
import type { EngineParts } from './engine';
import { Runner } from './runner';

/** Runs: what there is of them, and the one that is worked on. Gives what ends the latter. */
export function answerRunRequests({ connection, entry }: EngineParts): Runner {
  const runner = new Runner(entry, (change) => void connection.sendNotification(runUpdatedNotification, change));
  answer(connection, listRunsRequest, async ({ folders }) =>
    compressionsUnder(folders).map((summary) => runner.live(summary.path)?.summary ?? summary),
  );
  answer(connection, showRunRequest, async ({ run }) => detail(run, runner));
  answer(connection, deleteRunRequest, async ({ run }) => {
    deleteRun(run);
    return null;
  });
  answer(connection, startRunRequest, async (params) => runner.start(params));
  answer(connection, resumeRunRequest, async (params) => runner.start(params));
  answer(connection, stopRunRequest, ({ run }) => runner.stop(run));
  answer(connection, keepBestRequest, async ({ run }) => {
    runner.keepBest(run);
    return null;
  });
  return runner;
}

function detail(path: string, runner: Runner): RunDetail {
  const stored = runDetail(path);
  const live = runner.live(path);
  if (!live) return stored;
  const { summary, progress } = live;
  return {
    ...stored,
    summary,
    updates: [...stored.updates, ...(progress ? [{ kind: 'progress', progress } as const] : [])],
  };
}
