import { z } from 'zod';
import { forwardedMethods, type ForwardedMethod, type HostMethods } from '../../protocol/page';

/** What may arrive from a page. Everything else is logged and left alone. */
export const pageMessage = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('request'), id: z.int(), method: z.string(), params: z.unknown() }),
  z.object({ kind: z.literal('cancel'), id: z.int() }),
]);

const path = z.string().min(1);
const layers = z.array(z.string());
const dims = z.record(z.string(), z.array(z.int().positive()));
const ranks = z.record(z.string(), z.int().positive());
const device = z.object({ provider: z.enum(['cpu', 'cuda', 'dml', 'coreml', 'webgpu']), threads: z.int().positive() });
const model = z.object({ path, inputDims: dims.optional() });
const onDevice = model.extend({ device });
const run = z.object({ run: path });
const nothing = z.object({});

const request = z.object({
  model: path,
  data: z.string().optional(),
  budget: z.object({ resource: z.enum(['latency', 'macs', 'params', 'bytes']), text: z.string() }),
  maxDrop: z.number().nonnegative().optional(),
  search: z.enum(['haloc', 'knapsack', 'greedy', 'uniform']).optional(),
  exclude: layers.optional(),
  pinned: ranks.optional(),
  device: device.optional(),
  searchEpochs: z.int().positive().optional(),
  epochs: z.int().nonnegative().optional(),
  rate: z.number().positive().optional(),
  samples: z.int().positive().optional(),
  seed: z.int().nonnegative().optional(),
  out: z.string().optional(),
});

/** Parameters of the requests that the engine answers. */
export const forwardedParams = {
  inspect: model,
  graph: model,
  details: model.extend({ layers: layers.optional() }),
  knownTimes: onDevice,
  measure: onDevice.extend({ again: z.boolean().optional() }),
  knownStaircases: onDevice,
  staircase: onDevice.extend({ layer: z.string() }),
  devices: nothing,
  compare: z.object({ a: path, b: path, device, inputDims: dims.optional() }),
  listRuns: z.object({ folders: z.array(path) }),
  showRun: run,
  resumeRun: run,
  stopRun: run,
  keepBest: run,
} satisfies Record<ForwardedMethod, z.ZodType>;

/** Parameters of the requests that the host answers. */
export const hostParams: { readonly [M in keyof HostMethods]: z.ZodType<HostMethods[M]['params']> } = {
  start: nothing,
  startRun: z.object({ request }),
  selectLayer: z.object({ layer: z.string() }),
  setExcluded: z.object({ layers }),
  setPinned: z.object({ pinned: ranks }),
  chooseData: nothing,
  saveModelAs: run,
  copyPlan: run,
  openReport: run,
  openModel: z.object({ path }),
  showLog: nothing,
  chooseInputDims: z.object({ open: z.array(z.string()) }),
  log: z.object({ level: z.enum(['warn', 'error']), message: z.string().max(10_000) }),
};

export function isForwarded(method: string): method is ForwardedMethod {
  return forwardedMethods.some((name) => name === method);
}

export function isHostMethod(method: string): method is keyof HostMethods {
  return Object.hasOwn(hostParams, method);
}
