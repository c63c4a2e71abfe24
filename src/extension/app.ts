import type * as vscode from 'vscode';
import type { Activities } from './activities';
import type { CodeModels } from './code/codeModels';
import type { Engine } from './engine';
import type { ModelEditors } from './modelEditor/modelEditors';
import type { RunTests } from './integrations/runTests';
import type { Devices } from './state/devices';
import type { LayerMarks } from './state/layerMarks';
import type { ModelFiles } from './state/modelFiles';
import type { ModelMemory } from './state/modelMemory';
import type { Models } from './state/models';
import type { Runs } from './state/runs';
import type { Views } from './views/views';

/** What commands, pages and tools work with; put together in `activate`. */
export interface App {
  readonly context: vscode.ExtensionContext;
  readonly log: vscode.LogOutputChannel;
  readonly engine: Engine;
  readonly files: ModelFiles;
  readonly memory: ModelMemory;
  readonly models: Models;
  readonly marks: LayerMarks;
  readonly runs: Runs;
  readonly devices: Devices;
  readonly activities: Activities;
  readonly views: Views;
  readonly editors: ModelEditors;
  readonly code: CodeModels;
  readonly tests: RunTests;
}
