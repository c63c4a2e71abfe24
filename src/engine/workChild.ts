import { applyPlanText } from '../runs/applyToFile';
import { compareFiles } from '../runs/compareFiles';
import { deviceSummaries } from '../runs/devices';
import { evaluateRun } from '../runs/evaluateRun';
import { inspectModel } from '../runs/inspect';
import { knownStaircases, measureSiteStaircase } from '../runs/knownStaircases';
import { knownTimes } from '../runs/knownTimes';
import { layerDetails } from '../runs/layerDetails';
import { measureModel } from '../runs/measureModel';
import { modelGraph } from '../runs/modelGraph';
import { openModel } from '../runs/openedModel';
import { sketchTimes } from '../runs/sketchTimes';
import type { RunContext } from '../runs/progress';
import { serveParent, type HandlerContext } from '../runtime/childServer';
import type { WorkApi, WorkReport } from './workApi';
import { workOnRun } from './workOnRun';

/** The program of the processes in which the engine has its work done. */
serveParent<WorkApi>({
  warm: () => Promise.resolve(null),
  inspect: ({ path, inputDims }) => inspectModel(path, inputDims),
  graph: async ({ path, inputDims }) => modelGraph(await openModel(path, inputDims)),
  details: async ({ path, inputDims, layers }, { progress }) =>
    layerDetails(await openModel(path, inputDims), layers, progress),
  knownTimes: async ({ path, inputDims, device }) => knownTimes(await openModel(path, inputDims), device),
  knownStaircases: async ({ path, inputDims, device }) => knownStaircases(await openModel(path, inputDims), device),
  measure: ({ path, inputDims = {}, device, again }, context) =>
    measureModel(path, device, inputDims, contextOf(context), again),
  staircase: async ({ path, inputDims, device, layer }, context) =>
    measureSiteStaircase(await openModel(path, inputDims), device, layer, contextOf(context)),
  sketchTimes: ({ sketches, device, measure }, context) => sketchTimes(sketches, device, measure, contextOf(context)),
  devices: () => deviceSummaries(),
  compare: ({ a, b, device, inputDims }, context) => compareFiles(a, b, device, inputDims, contextOf(context)),
  evaluateRun: ({ run }, context) => evaluateRun(run, contextOf(context)),
  apply: ({ path, plan, out, inputDims }) => applyPlanText(path, plan, out, inputDims),
  run: (order, context) => workOnRun(order, context),
});

/** Cancelled work is ended by killing the process; the signal is for work that is given time to end by itself. */
function contextOf({ signal, progress }: HandlerContext<WorkReport>): RunContext {
  return {
    signal,
    progress: (report) => progress({ kind: 'progress', progress: report }),
    note: (sentence) => progress({ kind: 'note', sentence }),
  };
}
