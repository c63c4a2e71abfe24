import type { RequestType } from 'vscode-jsonrpc';
import {
  applyRequest,
  compareRequest,
  deleteRunRequest,
  detailsRequest,
  devicesRequest,
  evaluateRunRequest,
  forgetTableRequest,
  graphRequest,
  inspectRequest,
  keepBestRequest,
  knownStaircasesRequest,
  knownTimesRequest,
  listRunsRequest,
  measureRequest,
  resumeRunRequest,
  showRunRequest,
  sketchTimesRequest,
  staircaseRequest,
  startRunRequest,
  stopRunRequest,
  type FailureData,
} from '../protocol/messages';

/** The engine's requests by their name without `layerwise/`. */
export const requests = {
  inspect: inspectRequest,
  graph: graphRequest,
  details: detailsRequest,
  knownTimes: knownTimesRequest,
  measure: measureRequest,
  knownStaircases: knownStaircasesRequest,
  staircase: staircaseRequest,
  sketchTimes: sketchTimesRequest,
  devices: devicesRequest,
  forgetTable: forgetTableRequest,
  compare: compareRequest,
  apply: applyRequest,
  listRuns: listRunsRequest,
  showRun: showRunRequest,
  deleteRun: deleteRunRequest,
  startRun: startRunRequest,
  resumeRun: resumeRunRequest,
  stopRun: stopRunRequest,
  keepBest: keepBestRequest,
  evaluateRun: evaluateRunRequest,
} as const;

export type Requests = typeof requests;
export type Method = keyof Requests;
export type ParamsOf<M extends Method> = Requests[M] extends RequestType<infer P, unknown, FailureData> ? P : never;
export type ResultOf<M extends Method> = Requests[M] extends RequestType<infer _P, infer R, FailureData> ? R : never;
