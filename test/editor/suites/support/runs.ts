import type { CompressionRequest, RunSummary } from '../../../../src/protocol/runs';
import type { App } from '../../../../src/extension/app';
import { workspaceFile } from './extension';
import { until } from './wait';

const patienceMs = 240_000;

/** A compression of the small task: a real search with training, over in seconds. */
export function smallRequest(changes: Partial<CompressionRequest> = {}): CompressionRequest {
  return {
    model: workspaceFile('small', 'small.onnx').fsPath,
    data: `idx:${workspaceFile('small', 'data').fsPath}`,
    budget: { resource: 'macs', text: '0.5x' },
    search: 'haloc',
    searchEpochs: 2,
    epochs: 1,
    seed: 1,
    ...changes,
  };
}

/** Starts a run where the extension puts the runs of the workspace. */
export function startRun({ runs }: App, request: CompressionRequest): Promise<RunSummary> {
  return runs.start(request, workspaceFile('.layerwise', 'runs').fsPath);
}

/** Waits until a run has finished or failed; gives its summary. */
export function ended({ runs }: App, { path }: RunSummary): Promise<RunSummary> {
  return until(
    () => runs.list.find((run) => run.path === path && (run.state === 'finished' || run.state === 'failed')),
    `${path} comes to an end`,
    patienceMs,
  );
}
