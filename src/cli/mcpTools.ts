import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { resolve } from 'node:path';
import { z } from 'zod';
import { Runner } from '../engine/runner';
import type { WorkReport } from '../engine/workApi';
import { WorkPool } from '../engine/workPool';
import type { Progress, RunSummary } from '../protocol/runs';
import { CancelledError } from '../runs/errors';
import { defaultRunsFolder, runDetail } from '../runs/runList';
import { searchKinds } from '../protocol/runs';
import { programPath } from '../runtime/programPath';
import { resources } from '../search/space';
import { progressOf, toolOf } from './mcpTool';
import { comparisonText, inspectionText, runText, timesText } from './mcpTexts';

const model = z.string().describe('Path of an ONNX file.');
const inputDims = z
  .record(z.string(), z.array(z.int().positive()))
  .optional()
  .describe('Sizes for inputs whose declared sizes are open, by input name, such as {"x": [1, 3, 224, 224]}.');
const device = z
  .strictObject({
    provider: z.enum(['cpu', 'cuda', 'dml', 'coreml', 'webgpu']).default('cpu'),
    threads: z.int().positive().default(1).describe('Threads inside one operator.'),
  })
  .default({ provider: 'cpu', threads: 1 })
  .describe('On what the model will run.');

const compressInput = {
  model,
  data: z
    .string()
    .optional()
    .describe(
      'Data set to train and judge on: cifar10:DIR, idx:DIR, npz:FILE, images:DIR or fashion-mnist. Without it the accuracy is not verified.',
    ),
  budget: z
    .strictObject({
      resource: z.enum(resources),
      text: z.string().describe('A share of the source model such as "0.5x", or an amount such as "8ms" or "12M".'),
    })
    .describe('What the compressed model may take.'),
  maxDrop: z.number().nonnegative().optional().describe('Points of accuracy, or dB of PSNR, that may be lost.'),
  search: z.enum(searchKinds).optional(),
  exclude: z.array(z.string()).optional().describe('Layers that keep their form.'),
  pinned: z.record(z.string(), z.int().positive()).optional().describe('Ranks that are fixed, by layer.'),
  device,
  inputDims,
  searchEpochs: z.int().positive().optional(),
  epochs: z.int().nonnegative().optional().describe('Passes over the data to fine-tune.'),
  samples: z.int().positive().optional().describe('Use only so many samples.'),
  seed: z.int().nonnegative().optional(),
  out: z.string().optional().describe('Where the compressed model is put besides the folder of the run.'),
};

/** Registers the tools of Layerwise; gives what ends their work. */
export function registerTools(server: McpServer): () => void {
  const entry = programPath('workChild.js');
  const pool = new WorkPool(entry);
  let running: ((progress: Progress) => void) | undefined;
  const runner = new Runner(entry, ({ update }) => {
    if (update?.kind === 'progress') running?.(update.progress);
  });
  const onProgress = (report: (progress: Progress) => void) => (said: WorkReport) => {
    if (said.kind === 'progress') report(said.progress);
  };

  server.registerTool(
    'inspect_model',
    {
      title: 'Inspect a model',
      description:
        'Lists the layers of an ONNX model: what each costs, and whether it can be compressed and why. Reads no weights and runs nothing.',
      inputSchema: { model, inputDims },
      annotations: { readOnlyHint: true },
    },
    (args, extra) =>
      toolOf(async () => {
        const params = { path: resolve(args.model), inputDims: args.inputDims };
        const summary = await pool.request('inspect', params, { signal: extra.signal });
        return { text: inspectionText(summary), value: summary };
      }),
  );
  server.registerTool(
    'measure_latency',
    {
      title: 'Measure latency',
      description:
        'Measures how long an ONNX model and each of its layers take on this machine, or tells what is known from an earlier measurement. Takes seconds to minutes.',
      inputSchema: {
        model,
        device,
        inputDims,
        again: z.boolean().optional().describe('Measure what is known already, too.'),
      },
      annotations: { readOnlyHint: true },
    },
    (args, extra) =>
      toolOf(async () => {
        const params = { path: resolve(args.model), device: args.device, inputDims: args.inputDims, again: args.again };
        const times = await pool.request('measure', params, {
          signal: extra.signal,
          onProgress: onProgress(progressOf(extra)),
        });
        return { text: timesText(times), value: times };
      }),
  );
  server.registerTool(
    'compare_models',
    {
      title: 'Compare two models',
      description:
        'Measures two ONNX models side by side: how many times faster the second is, and whether their outputs agree, whole and layer by layer.',
      inputSchema: { a: model, b: model, device, inputDims },
      annotations: { readOnlyHint: true },
    },
    (args, extra) =>
      toolOf(async () => {
        const params = { ...args, a: resolve(args.a), b: resolve(args.b) };
        const comparison = await pool.request('compare', params, {
          signal: extra.signal,
          onProgress: onProgress(progressOf(extra)),
        });
        return { text: comparisonText(comparison), value: comparison };
      }),
  );
  server.registerTool(
    'compress_model',
    {
      title: 'Compress a model',
      description:
        'Makes an ONNX model faster on this machine: measures its layers, searches the rank of each under a budget, fine-tunes, and proves the result. Takes minutes to hours. The source is never written to; when the result is not better, the source is handed over unchanged.',
      inputSchema: compressInput,
      annotations: { readOnlyHint: false, destructiveHint: false },
    },
    (args, extra) =>
      toolOf(async () => {
        const request = { ...args, model: resolve(args.model), ...(args.out && { out: resolve(args.out) }) };
        const { path } = await runner.start({ request, runsFolder: resolve(defaultRunsFolder) });
        running = progressOf(extra);
        const stop = (): void => void runner.stop(path).catch(() => undefined);
        extra.signal.addEventListener('abort', stop);
        if (extra.signal.aborted) stop();
        try {
          return resultOf(await runner.ended(path));
        } finally {
          running = undefined;
          extra.signal.removeEventListener('abort', stop);
        }
      }),
  );
  return () => {
    pool.dispose();
    runner.dispose();
  };
}

function resultOf(summary: RunSummary): { text: string; value: object } {
  if (summary.state !== 'finished') {
    if (summary.state === 'failed') throw new Error(summary.result);
    throw new CancelledError();
  }
  const { report } = runDetail(summary.path);
  if (!report) throw new Error(`The run ${summary.path} left no report.`);
  return { text: runText(report), value: { run: summary.path, ...report } };
}
