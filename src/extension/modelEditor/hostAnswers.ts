import * as vscode from 'vscode';
import type { HostMethods, PageTarget } from '../../protocol/page';
import type { App } from '../app';
import { pickData } from '../flows/dataPicker';
import { askInputDims } from '../flows/inputDims';
import { defaultRequest, knownData, startRun } from '../compression';
import { copyPlan, openReport, saveModelAs } from '../runFiles';
import { settingsFor } from '../settings';
import { allRunsFolders } from '../state/runFolders';

type HostAnswers = {
  readonly [M in keyof HostMethods]: (p: HostMethods[M]['params']) => Promise<HostMethods[M]['result']>;
};

/** What the host answers to a page on a model. */
export function hostAnswers(app: App, model: vscode.Uri, show: PageTarget | undefined): HostAnswers {
  const done = async (work: Thenable<unknown>): Promise<null> => {
    await work;
    return null;
  };
  return {
    start: async () => {
      const { excluded, pinned } = app.marks.of(model);
      const { inputDims } = app.memory.of(model);
      const defaults = await defaultRequest(app, model);
      return {
        model: defaults.model,
        device: settingsFor(model).device,
        inputDims,
        runFolders: allRunsFolders(app.context.globalStorageUri),
        excluded,
        pinned,
        dataSets: knownData(app, model),
        defaults,
        trusted: vscode.workspace.isTrusted,
        texts: vscode.l10n.bundle ?? {},
        show,
      };
    },
    startRun: async ({ request }) => {
      const { path } = await startRun(app, model, request);
      return { run: path };
    },
    selectLayer: ({ layer }) => done(app.views.followLayer(model, layer)),
    setExcluded: ({ layers }) => done(app.marks.setExcluded(model, layers)),
    setPinned: ({ pinned }) => done(app.marks.setPinned(model, pinned)),
    chooseData: async () => {
      const data = await pickData(knownData(app, model));
      return data === undefined ? null : { data };
    },
    saveModelAs: async ({ run }) => {
      const saved = await saveModelAs(app, run);
      return saved ? { path: saved.fsPath } : null;
    },
    copyPlan: ({ run }) => done(copyPlan(app, run)),
    openReport: ({ run }) => done(openReport(run)),
    openModel: ({ path }) => done(app.editors.show(vscode.Uri.file(path))),
    showLog: async () => {
      app.log.show();
      return null;
    },
    chooseInputDims: async () => {
      const inputDims = await askInputDims(await app.models.summary(model));
      if (!inputDims) return null;
      await app.memory.set(model, { inputDims });
      app.models.forget(model);
      return { inputDims };
    },
    log: async ({ level, message }) => {
      app.log[level](`Page: ${message}`);
      return null;
    },
  };
}
