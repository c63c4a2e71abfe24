import * as vscode from 'vscode';
import type { Device } from '../../protocol/device';
import type { ModelParams } from '../../protocol/messages';
import type { ModelSummary } from '../../protocol/model';
import type { ModelTimes } from '../../protocol/times';
import type { Engine } from '../engine';
import type { RequestOptions } from '../engineProcess';
import { settingsFor } from '../settings';
import type { ModelFiles } from './modelFiles';
import type { ModelMemory } from './modelMemory';

/** What is known of the models: their structure, and their times on the device that is set. */
export class Models implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<vscode.Uri | undefined>();
  private readonly measured = new vscode.EventEmitter<{ readonly uri: vscode.Uri; readonly times: ModelTimes }>();
  private readonly summaries = new Map<string, Promise<ModelSummary>>();
  private readonly times = new Map<string, ModelTimes | null>();
  private readonly subscriptions: vscode.Disposable[];
  /** Fires with the model, or without when it concerns all. */
  readonly onDidChange = this.changed.event;
  /** Fires with times on the device that is set. */
  readonly onDidMeasure = this.measured.event;

  constructor(
    private readonly engine: Engine,
    readonly files: ModelFiles,
    private readonly memory: ModelMemory,
  ) {
    this.subscriptions = [
      files.onDidChangeFile(({ uri }) => this.forget(uri)),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('layerwise.device') || event.affectsConfiguration('layerwise.threads'))
          this.forgetTimes();
      }),
    ];
  }

  /** How the engine is told which model is meant. */
  async paramsOf(uri: vscode.Uri): Promise<ModelParams> {
    const { inputDims } = this.memory.of(uri);
    return { path: await this.files.pathOf(uri), ...(inputDims && { inputDims }) };
  }

  /** Structure of a model. Throws the engine's error. */
  summary(uri: vscode.Uri): Promise<ModelSummary> {
    const key = uri.toString();
    const known = this.summaries.get(key);
    if (known) return known;
    const asked = this.paramsOf(uri).then((params) => this.engine.request('inspect', params));
    this.summaries.set(key, asked);
    // A failure is not kept: the file may be repaired, or the engine come back.
    asked.catch(() => this.summaries.delete(key));
    return asked;
  }

  /** What the latency table knows of a model; undefined when it was never measured on this device. */
  async knownTimes(uri: vscode.Uri): Promise<ModelTimes | undefined> {
    const key = uri.toString();
    const known = this.times.get(key);
    if (known !== undefined) return known ?? undefined;
    const { device } = settingsFor(uri);
    const times = await this.engine.request('knownTimes', { ...(await this.paramsOf(uri)), device });
    this.times.set(key, times);
    return times ?? undefined;
  }

  /** Times that were asked for before, without asking. */
  timesAtHand(uri: vscode.Uri): ModelTimes | undefined {
    return this.times.get(uri.toString()) ?? undefined;
  }

  /** Measures a model. Throws the engine's error. */
  async measure(uri: vscode.Uri, device: Device, again: boolean, options: RequestOptions): Promise<ModelTimes> {
    const times = await this.engine.request('measure', { ...(await this.paramsOf(uri)), device, again }, options);
    this.keepTimes(uri, times);
    return times;
  }

  /** Keeps times that a page had measured. */
  keepTimes(uri: vscode.Uri, times: ModelTimes): void {
    const { device } = settingsFor(uri);
    if (times.device.provider !== device.provider || times.device.threads !== device.threads) return;
    this.times.set(uri.toString(), times);
    this.changed.fire(uri);
    this.measured.fire({ uri, times });
  }

  forgetTimes(): void {
    this.times.clear();
    this.changed.fire(undefined);
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.changed.dispose();
    this.measured.dispose();
  }

  /** Reads a model anew when it is asked for again. */
  forget(uri: vscode.Uri): void {
    this.summaries.delete(uri.toString());
    this.times.delete(uri.toString());
    this.changed.fire(uri);
  }
}
