import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import type { NodeProto } from '../onnx/generated/onnx_pb';
import type { Model } from '../onnx/model';
import type { Tensor } from '../tensor/tensor';
import { RuntimeError } from './errors';
import { Session, type SessionOptions } from './session';

/** Time of one executed node. Fused nodes have one entry. */
export interface NodeTime {
  /** The name in the model, or of the executed node when no node of the model can be told from it. */
  readonly name: string;
  /** Whether `name` is that of a node of the model. */
  readonly inModel: boolean;
  /** The operator that was executed, after fusion and layout changes. */
  readonly op: string;
  /** Where it ran, as the runtime names it (`CPUExecutionProvider`). */
  readonly provider: string;
  /** Median over the runs; the profiler itself adds about a microsecond to each node. */
  readonly medianMs: number;
}

export interface Profile {
  readonly nodes: readonly NodeTime[];
  /** Median time of a whole run with the profiler on. */
  readonly runMs: number;
}

const profileEvents = z.array(
  z.object({
    cat: z.string(),
    name: z.string(),
    dur: z.number(),
    ts: z.number(),
    args: z.object({ op_name: z.string(), provider: z.string(), node_index: z.string() }).partial().optional(),
  }),
);

/** Runs before the ones that count. */
const warmUpRuns = 2;

/**
 * Times every node of a model over a number of runs. For the share of each node in a run; absolute times come from the
 * measuring harness.
 */
export async function profileModel(
  model: Model,
  feeds: Readonly<Record<string, Tensor>>,
  options: SessionOptions & { readonly runs?: number } = {},
): Promise<Profile> {
  const { runs = 20, ...sessionOptions } = options;
  const profilePrefix = join(tmpdir(), `layerwise-profile-${randomBytes(6).toString('hex')}`);
  const session = await Session.create(model, { ...sessionOptions, profilePrefix });
  try {
    const run = session.prepare(feeds);
    for (let i = 0; i < warmUpRuns + runs; i++) await run();
    session.endProfiling();
    return readProfile(takeFile(profilePrefix), model);
  } finally {
    await session.dispose();
  }
}

/** The runtime adds the time of day to the prefix. */
function takeFile(prefix: string): string {
  const folder = dirname(prefix);
  const name = fs.readdirSync(folder).find((entry) => entry.startsWith(basename(prefix)));
  if (name === undefined) throw new RuntimeError('failed', 'The runtime wrote no profile.', 'Measure without one.');
  const path = join(folder, name);
  const text = fs.readFileSync(path, 'utf8');
  fs.rmSync(path);
  return text;
}

/** Medians from the runtime's trace, an array of Chrome trace events. */
function readProfile(text: string, model: Model): Profile {
  const parsed = profileEvents.safeParse(JSON.parse(text));
  if (!parsed.success) {
    throw new RuntimeError('failed', 'The profile of this runtime has an unknown form.', 'Measure without one.');
  }
  const whole = parsed.data.filter((event) => event.name === 'model_run').slice(warmUpRuns);
  const executed = new Map<string, { op: string; provider: string; durations: number[] }>();
  for (const { cat, name, dur, args } of parsed.data) {
    if (cat !== 'Node' || !name.endsWith(kernelSuffix)) continue;
    const key = name.slice(0, -kernelSuffix.length);
    const entry = executed.get(key) ?? { op: args?.op_name ?? '', provider: args?.provider ?? '', durations: [] };
    entry.durations.push(dur);
    executed.set(key, entry);
  }
  const find = nodeFinder(model);
  const nodes = [...executed].map(([key, { op, provider, durations }]) => {
    const name = find(key, op);
    return {
      name: name ?? key,
      inModel: name !== undefined,
      op,
      provider,
      medianMs: medianMs(durations.slice(warmUpRuns)),
    };
  });
  return { nodes, runMs: medianMs(whole.map((event) => event.dur)) };
}

const kernelSuffix = '_kernel_time';

/** How far back from the last fused node the one that names the operator can be: Conv, BatchNormalization, Add, Relu. */
const fusedNodes = 4;

/**
 * Finds the node of the model behind an executed one. A fused node bears the name of the last node it took in (of a
 * convolution, its BatchNormalization or activation): from there the way leads back to the node of the operator that
 * was executed.
 */
function nodeFinder(model: Model): (executed: string, op: string) => string | undefined {
  const { graph } = model;
  const named = new Map<string, NodeProto>();
  for (const node of graph.nodes) {
    for (const value of node.output) if (value) named.set(value, node);
    if (node.name) named.set(node.name, node);
  }
  return (executed, op) => {
    const last = named.get(executed) ?? named.get(executed.replace(/_(nchwc|token_\d+)$/, ''));
    for (let node = last, i = 0; node && i < fusedNodes; i++) {
      if (node.opType === op) return node.name || node.output[0];
      node = node.input.map((value) => graph.producer(value)).find((producer) => producer !== undefined);
    }
    return last && (last.name || last.output[0]);
  };
}

function medianMs(microseconds: readonly number[]): number {
  const sorted = [...microseconds].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length === 0 ? 0 : (sorted[Math.floor(middle - 0.5)] + sorted[Math.floor(middle)]) / 2 / 1000;
}
