import * as z from 'zod/mini';
import { forwardedMethods, type ForwardedMethod, type HostMethods } from '../../protocol/page';
import { searchKinds } from '../../protocol/runs';

/** What may arrive from a page. Everything else is logged and left alone. */
export const pageMessage = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('request'), id: z.int(), method: z.string(), params: z.unknown() }),
  z.object({ kind: z.literal('cancel'), id: z.int() }),
]);

const path = z.string().check(z.minLength(1));
const positive = z.int().check(z.positive());
const layers = z.array(z.string());
const dims = z.record(z.string(), z.array(positive));
const ranks = z.record(z.string(), positive);
const device = z.object({ provider: z.enum(['cpu', 'cuda', 'dml', 'coreml', 'webgpu']), threads: positive });
const model = z.object({ path, inputDims: z.optional(dims) });
const onDevice = z.extend(model, { device });
const run = z.object({ run: path });
const nothing = z.object({});

const request = z.object({
  model: path,
  data: z.optional(z.string()),
  budget: z.object({ resource: z.enum(['latency', 'macs', 'params', 'bytes']), text: z.string() }),
  maxDrop: z.optional(z.number().check(z.nonnegative())),
  search: z.optional(z.enum(searchKinds)),
  exclude: z.optional(layers),
  pinned: z.optional(ranks),
  device: z.optional(device),
  searchEpochs: z.optional(positive),
  epochs: z.optional(z.int().check(z.nonnegative())),
  rate: z.optional(z.number().check(z.positive())),
  samples: z.optional(positive),
  seed: z.optional(z.int().check(z.nonnegative())),
  out: z.optional(z.string()),
});

/** Parameters of the requests that the engine answers. */
export const forwardedParams = {
  inspect: model,
  graph: model,
  details: z.extend(model, { layers: z.optional(layers) }),
  knownTimes: onDevice,
  measure: z.extend(onDevice, { again: z.optional(z.boolean()) }),
  knownStaircases: onDevice,
  staircase: z.extend(onDevice, { layer: z.string() }),
  devices: nothing,
  compare: z.object({ a: path, b: path, device, inputDims: z.optional(dims) }),
  listRuns: z.object({ folders: z.array(path) }),
  showRun: run,
  resumeRun: run,
  stopRun: run,
  keepBest: run,
} satisfies Record<ForwardedMethod, z.ZodMiniType<object>>;

/** Parameters of the requests that the host answers. */
export const hostParams: { readonly [M in keyof HostMethods]: z.ZodMiniType<HostMethods[M]['params']> } = {
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
  log: z.object({ level: z.enum(['warn', 'error']), message: z.string().check(z.maxLength(10_000)) }),
};

export function isForwarded(method: string): method is ForwardedMethod {
  return forwardedMethods.some((name) => name === method);
}

export function isHostMethod(method: string): method is keyof HostMethods {
  return Object.hasOwn(hostParams, method);
}
