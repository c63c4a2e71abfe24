import type * as vscode from 'vscode';
import type { CompressionRequest, RunSummary } from '../protocol/runs';
import type { App } from './app';
import { settingsFor } from './settings';
import { runsFolderFor } from './state/runFolders';

/** What a compression of a model is asked for when the user changes nothing. */
export async function defaultRequest(app: App, model: vscode.Uri): Promise<CompressionRequest> {
  const { budget, maxDrop, search, searchEpochs, epochs, samples, seed, device } = settingsFor(model);
  const [data] = knownData(app, model);
  return {
    model: await app.files.pathOf(model),
    data,
    budget: { resource: 'latency', text: budget },
    maxDrop,
    search,
    searchEpochs,
    epochs,
    samples,
    seed,
    device,
    exclude: app.marks.of(model).excluded,
    pinned: app.marks.of(model).pinned,
  };
}

/** Data sets to offer for a model, the best guess first: what it was compressed with last, what is set, the sample's. */
export function knownData(app: App, model: vscode.Uri): string[] {
  const all = [app.memory.of(model).data, settingsFor(model).data, 'fashion-mnist'];
  return [...new Set(all.filter((spec): spec is string => Boolean(spec)))];
}

/** Starts a run on a model and remembers its data. Throws the engine's error. */
export async function startRun(app: App, model: vscode.Uri, request: CompressionRequest): Promise<RunSummary> {
  const path = await app.files.pathOf(model);
  const run = await app.runs.start({ ...request, model: path }, runsFolderFor(model, app.context.globalStorageUri));
  if (request.data) await app.memory.set(model, { data: request.data });
  return run;
}
