import {
  compareRequest,
  devicesRequest,
  evaluateRunRequest,
  forgetTableRequest,
  knownStaircasesRequest,
  knownTimesRequest,
  logNotification,
  measureRequest,
  progressType,
  sketchTimesRequest,
  staircaseRequest,
  type WithProgress,
} from '../protocol/messages';
import { forgetTable } from '../runs/devices';
import { answer } from './answer';
import type { EngineParts } from './engine';
import type { WorkReport } from './workApi';

/** What takes how long: what the latency tables know, and measuring; and trying the result of a run again. */
export function answerTimeRequests({ connection, reader, pool }: EngineParts): void {
  const reporting =
    ({ progress: token }: WithProgress) =>
    (report: WorkReport): void => {
      if (report.kind === 'note')
        void connection.sendNotification(logNotification, { level: 'info', message: report.sentence });
      else if (token !== undefined) void connection.sendProgress(progressType, token, report.progress);
    };
  answer(connection, knownTimesRequest, (params, signal) => reader.request('knownTimes', params, { signal }));
  answer(connection, knownStaircasesRequest, (params, signal) => reader.request('knownStaircases', params, { signal }));
  answer(connection, measureRequest, (params, signal) =>
    pool.request('measure', params, { signal, onProgress: reporting(params) }),
  );
  answer(connection, staircaseRequest, (params, signal) =>
    pool.request('staircase', params, { signal, onProgress: reporting(params) }),
  );
  answer(connection, sketchTimesRequest, (params, signal) =>
    params.measure
      ? pool.request('sketchTimes', params, { signal, onProgress: reporting(params) })
      : reader.request('sketchTimes', params, { signal }),
  );
  answer(connection, compareRequest, (params, signal) =>
    pool.request('compare', params, { signal, onProgress: reporting(params) }),
  );
  answer(connection, evaluateRunRequest, (params, signal) =>
    pool.request('evaluateRun', params, { signal, onProgress: reporting(params) }),
  );
  answer(connection, devicesRequest, (_, signal) => pool.request('devices', null, { signal }));
  answer(connection, forgetTableRequest, async ({ path }) => {
    forgetTable(path);
    return null;
  });
}
