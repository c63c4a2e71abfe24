import * as vscode from 'vscode';
import type { CompressionRequest, RunSummary } from '../../protocol/runs';
import type { App } from '../app';
import { budgetProblem } from '../flows/validate';
import { t } from '../l10n';
import { comparisonForAgent, modelForAgent, runForAgent, timesForAgent } from './toolTexts';

interface ModelInput {
  readonly model: string;
}

interface CompressInput extends ModelInput {
  readonly latency: string;
  readonly data?: string;
  readonly maxDrop?: number;
}

interface CompareInput {
  readonly first: string;
  readonly second: string;
}

/** The extension's language-model tools. What runs for minutes asks first, and can be cancelled. */
export function registerTools(app: App): vscode.Disposable {
  return vscode.Disposable.from(
    vscode.lm.registerTool('layerwise_inspectModel', inspectTool(app)),
    vscode.lm.registerTool('layerwise_measureLatency', measureTool(app)),
    vscode.lm.registerTool('layerwise_compressModel', compressTool(app)),
    vscode.lm.registerTool('layerwise_compareModels', compareTool(app)),
  );
}

function inspectTool(app: App): vscode.LanguageModelTool<ModelInput> {
  return {
    prepareInvocation: ({ input }) => ({ invocationMessage: t('Reading the layers of {0}', input.model) }),
    invoke: async ({ input }) => said(modelForAgent(await app.models.summary(resolveModel(input.model)))),
  };
}

function measureTool(app: App): vscode.LanguageModelTool<ModelInput> {
  return {
    prepareInvocation: ({ input }) => ({
      invocationMessage: t('Measuring {0}', input.model),
      confirmationMessages: {
        title: t('Measure latency?'),
        message: t('{0} is run on this machine, for up to some minutes.', input.model),
      },
    }),
    invoke: async ({ input }, token) => {
      const { settingsFor } = await import('../settings');
      const model = resolveModel(input.model);
      const { device } = settingsFor(model);
      const times = await app.activities.run(
        { title: t('Measuring {0}', input.model), model: model.fsPath, view: app.views.modelsPlace, token },
        (onProgress, cancel) => app.models.measure(model, device, false, { token: cancel, onProgress }),
      );
      return said(timesForAgent(times));
    },
  };
}

function compareTool(app: App): vscode.LanguageModelTool<CompareInput> {
  return {
    prepareInvocation: ({ input }) => ({
      invocationMessage: t('Comparing {0} and {1}', input.first, input.second),
      confirmationMessages: {
        title: t('Compare models?'),
        message: t('Both models are run on this machine, for up to some minutes.'),
      },
    }),
    invoke: async ({ input }, token) => {
      const { settingsFor } = await import('../settings');
      const a = resolveModel(input.first);
      const params = {
        ...{ a: await app.files.pathOf(a), b: await app.files.pathOf(resolveModel(input.second)) },
        device: settingsFor(a).device,
        inputDims: app.memory.of(a).inputDims,
      };
      const title = t('Comparing {0} and {1}', input.first, input.second);
      const comparison = await app.activities.run(
        { title, model: a.fsPath, view: app.views.modelsPlace, token },
        (onProgress, cancel) => app.engine.request('compare', params, { token: cancel, onProgress }),
      );
      return said(comparisonForAgent(comparison));
    },
  };
}

function compressTool(app: App): vscode.LanguageModelTool<CompressInput> {
  return {
    prepareInvocation: ({ input }) => ({
      invocationMessage: t('Compressing {0} to {1}', input.model, input.latency),
      confirmationMessages: {
        title: t('Compress model?'),
        message: t(
          '{0} is searched and trained on this machine until it meets {1}. This takes minutes to hours; the source model is not changed.',
          input.model,
          input.latency,
        ),
      },
    }),
    invoke: async ({ input }, token) => {
      const problem = budgetProblem('latency', input.latency);
      if (problem) throw new Error(problem);
      const { defaultRequest, startRun } = await import('../compression');
      const model = resolveModel(input.model);
      const defaults = await defaultRequest(app, model);
      const request: CompressionRequest = {
        ...defaults,
        data: input.data,
        maxDrop: input.maxDrop ?? defaults.maxDrop,
        budget: { resource: 'latency', text: input.latency },
      };
      const run = await startRun(app, model, request);
      await untilEnded(app, run, token);
      return said(runForAgent(await app.runs.show(run.path)));
    },
  };
}

/** Waits until a run is no longer running; stops it when the token is cancelled. */
function untilEnded({ runs }: App, { path }: RunSummary, token: vscode.CancellationToken): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancelled = token.onCancellationRequested(() => void runs.stop(path).catch(reject));
    const check = (): void => {
      const state = runs.list.find((run) => run.path === path)?.state;
      if (state === 'running' || (state === 'unfinished' && !token.isCancellationRequested)) return;
      changed.dispose();
      cancelled.dispose();
      if (token.isCancellationRequested) reject(new vscode.CancellationError());
      else resolve();
    };
    const changed = runs.onDidChange(check);
    check();
  });
}

/** A path as an agent gives it: absolute, or relative to the first workspace folder. */
function resolveModel(path: string): vscode.Uri {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  return /^([/\\]|[a-z]:)/i.test(path) || !folder ? vscode.Uri.file(path) : vscode.Uri.joinPath(folder, path);
}

function said(text: string): vscode.LanguageModelToolResult {
  return new vscode.LanguageModelToolResult([new vscode.LanguageModelTextPart(text)]);
}
