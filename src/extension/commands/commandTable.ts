import * as vscode from 'vscode';
import type { App } from '../app';
import { sayFailure } from './failures';

type Command = (app: App, ...args: unknown[]) => Promise<void>;

/** Every command with where it is; a command's code is loaded when it first runs. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  'layerwise.inspectModel': async () => (await import('./models')).inspectModel,
  'layerwise.measureLatency': async () => (await import('./models')).measureLatency,
  'layerwise.measureAgain': async () => (await import('./models')).measureAgain,
  'layerwise.searchRanks': async () => (await import('./compress')).searchRanks,
  'layerwise.compressToBudget': async () => (await import('./compress')).compressToBudget,
  'layerwise.applyPlan': async () => (await import('./applyPlan')).applyPlan,
  'layerwise.compareModels': async () => (await import('./compare')).compareModels,
  'layerwise.resumeRun': async () => (await import('./runs')).resumeRun,
  'layerwise.trySample': async () => (await import('./sample')).trySample,
  'layerwise.showLog': async () => (await import('./engine')).showLog,
  'layerwise.restartEngine': async () => (await import('./engine')).restartEngine,
  'layerwise.openSettings': async () => (await import('./engine')).openSettings,
  'layerwise.openWalkthrough': async () => (await import('./engine')).openWalkthrough,
  'layerwise.showActivity': async () => (await import('./activity')).showActivity,

  'layerwise.measureCode': async () => (await import('./code')).measureCode,
  'layerwise.rewriteLayer': async () => (await import('./code')).rewriteLayer,
  'layerwise.extractHelper': async () => (await import('./code')).extractCodeHelper,
  'layerwise.roundWidth': async () => (await import('./code')).roundCodeWidth,
  'layerwise.applyPlanToCode': async () => (await import('./code')).applyPlanToCode,
  'layerwise.copyPlanAsPyTorch': async () => (await import('./code')).copyPlanAsPyTorch,
  'layerwise.chooseCodeModel': async () => (await import('./code')).chooseCodeModel,
  'layerwise.showUnknownPlaces': async () => (await import('./code')).showUnknownPlaces,
  'layerwise.openCodeModel': async () => (await import('./code')).openCodeModel,

  'layerwise.openModel': async () => (await import('./models')).openModel,
  'layerwise.openModelToSide': async () => (await import('./models')).openModelToSide,
  'layerwise.cancelActivity': async () => (await import('./models')).cancelActivity,
  'layerwise.refreshModels': async () => (await import('./models')).refreshModels,
  'layerwise.showLayer': async () => (await import('./models')).showLayer,
  'layerwise.toggleExcluded': async () => (await import('./models')).toggleExcluded,
  'layerwise.copyLayerName': async () => (await import('./models')).copyLayerName,
  'layerwise.pinLayer': async () => (await import('./pinLayer')).pinLayer,
  'layerwise.unpinLayer': async () => (await import('./models')).unpinLayer,

  'layerwise.openRun': async () => (await import('./runs')).openRun,
  'layerwise.compareRun': async () => (await import('./runs')).compareRun,
  'layerwise.stopRun': async () => (await import('./runs')).stopRun,
  'layerwise.tryReachableBudget': async () => (await import('./compress')).tryReachableBudget,
  'layerwise.keepBest': async () => (await import('./runs')).keepBest,
  'layerwise.deleteRun': async () => (await import('./runs')).deleteRun,
  'layerwise.copyRunPath': async () => (await import('./runs')).copyRunPath,
  'layerwise.copyRunPlan': async () => (await import('./runs')).copyRunPlan,
  'layerwise.openRunPlan': async () => (await import('./runs')).openRunPlan,
  'layerwise.openRunReport': async () => (await import('./runs')).openRunReport,
  'layerwise.saveRunModel': async () => (await import('./runs')).saveRunModel,
  'layerwise.revealRunFolder': async () => (await import('./runs')).revealRunFolder,
  'layerwise.refreshRuns': async () => (await import('./runs')).refreshRuns,

  'layerwise.measureTableAgain': async () => (await import('./devices')).measureTableAgain,
  'layerwise.forgetTable': async () => (await import('./devices')).forgetTable,
  'layerwise.useDevice': async () => (await import('./devices')).useDevice,
  'layerwise.refreshDevices': async () => (await import('./devices')).refreshDevices,
};

/** Registers all commands; what one throws is told to the user. */
export function registerCommands(app: App): vscode.Disposable {
  const registered = Object.entries(commands).map(([name, load]) =>
    vscode.commands.registerCommand(name, async (...args: unknown[]) => {
      try {
        await (
          await load()
        )(app, ...args);
      } catch (error) {
        // Not awaited: a message may stand for long, and callers wait for the command.
        void sayFailure(app.log, error);
      }
    }),
  );
  return vscode.Disposable.from(...registered);
}
