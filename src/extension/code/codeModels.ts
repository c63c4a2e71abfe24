import * as vscode from 'vscode';
import type { SketchTimes, LayerSketch } from '../../protocol/layerSketch';
import type * as analyze from '../../source/analyze';
import type { AnalysisOptions, SourceAnalysis, SourceModel } from '../../source/sourceModel';
import type { App } from '../app';
import { CompiledScript } from '../compiledScript';
import type { RequestOptions } from '../engineProcess';
import { settingsFor } from '../settings';
import { codeSettings } from './codeSettings';
import { Environments } from './environments';
import type { ExportedModel, ModelFacts } from './evidence';
import { findExported, spectraOf } from './exported';
import { readerFor, sourceText, type SourceText } from './sourceText';

/** What is known of one Python document. */
export interface CodeModel {
  readonly source: SourceText;
  /** Of the shown model alone while the file's other models still have to be evaluated. */
  readonly analysis: SourceAnalysis;
  /** Of the model that is shown; absent when the file makes none. */
  readonly facts?: ModelFacts;
  /** Evaluates the other models, one with each step. */
  readonly others?: Iterator<SourceAnalysis, SourceAnalysis>;
}

type Analysis = typeof analyze;

interface Known {
  readonly version: number;
  model: Promise<CodeModel | undefined>;
  whole?: Promise<CodeModel | undefined>;
}

/** A document rests this long before those of its models are evaluated that are not shown. */
const quietMs = 300;

/** Files without these words or the name of a package are not looked into. */
const frameworks = /\b(torch|keras|tensorflow)\b/;

const chosenKey = 'code.shownModels';
const measuredKey = 'code.measured';

/** The Python documents with models in them: analysed when a view asks, once for each version. */
export class CodeModels implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly known = new Map<string, Known>();
  private readonly times = new Map<string, SketchTimes>();
  /** By document and model; present as soon as it is looked for. */
  private readonly exported = new Map<string, ExportedModel | undefined>();
  /** Last entries and totals of all models, by document. */
  private readonly totals = new Map<string, string>();
  /** The model that was shown last, by document. */
  private readonly shown = new Map<string, string>();
  private readonly timers = new Map<string, NodeJS.Timeout>();
  /** Layers whose times were asked for. */
  private readonly asked = new Set<string>();
  private readonly environments = new Environments();
  private readonly analysis: CompiledScript<Analysis>;
  private memory: InstanceType<Analysis['AnalysisMemory']> | undefined;
  private readonly subscriptions: vscode.Disposable[];
  readonly onDidChange = this.changed.event;

  constructor(
    private readonly findApp: () => App,
    { context, models, runs }: Pick<App, 'context' | 'models' | 'runs'>,
  ) {
    this.analysis = new CompiledScript(
      vscode.Uri.joinPath(context.extensionUri, 'dist', 'analysis.js').fsPath,
      vscode.Uri.joinPath(context.globalStorageUri, 'compiled', 'analysis').fsPath,
    );
    this.subscriptions = [
      this.environments,
      this.environments.onDidChange(() => this.refresh()),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.forget(uri.toString())),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('layerwise.device') || event.affectsConfiguration('layerwise.threads'))
          this.forgetTimes();
        if (event.affectsConfiguration('layerwise')) this.refresh();
      }),
      models.onDidChange(() => this.refresh()),
      runs.onDidEnd(() => this.refresh()),
    ];
  }

  /**
   * What is known of a document, the shown model first: the others follow when the document rests. `undefined` when it has no
   * models or hints are off.
   */
  async of(document: vscode.TextDocument): Promise<CodeModel | undefined> {
    if (document.languageId !== 'python' || codeSettings(document).hints === 'off') return undefined;
    const key = document.uri.toString();
    const known = this.known.get(key);
    if (known?.version === document.version) return known.model;
    const model = this.read(document);
    this.known.set(key, { version: document.version, model });
    void model.then((one) => one?.others && this.later(document));
    return model;
  }

  /** The same with all models of the file. */
  async whole(document: vscode.TextDocument): Promise<CodeModel | undefined> {
    const model = await this.of(document);
    const known = this.known.get(document.uri.toString());
    if (!model?.others || !known) return model;
    return (known.whole ??= this.finish(document, known, model));
  }

  /** Reads other texts in place of a document's, such as rewritten ones. */
  async reader(document: vscode.TextDocument): Promise<(text: string) => SourceAnalysis> {
    const { analyzeSource } = await this.analysis.load();
    const source = sourceText(document);
    const options = this.optionsFor(document);
    return (text) => analyzeSource(source.file, readerFor({ ...source, text }), options);
  }

  /** Measures the layers of the shown model that the table does not know, each as it is and at a few ranks. */
  async measure(document: vscode.TextDocument, options: RequestOptions): Promise<void> {
    const model = await this.of(document);
    if (!model?.facts) return;
    const sketches = await this.sketchesOf(model.facts);
    await this.ask(document, sketches, true, options);
    await this.app.context.workspaceState.update(measuredKey, true);
    this.refresh();
  }

  /** Shows another of the file's models. */
  async show(document: vscode.TextDocument, entry: string): Promise<void> {
    const { workspaceState } = this.app.context;
    await workspaceState.update(chosenKey, { ...this.chosen, [document.uri.toString()]: entry });
    this.refresh();
  }

  dispose(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    for (const subscription of this.subscriptions) subscription.dispose();
    this.changed.dispose();
  }

  private get app(): App {
    return this.findApp();
  }

  private get chosen(): Readonly<Record<string, string>> {
    return this.app.context.workspaceState.get(chosenKey, {});
  }

  private forget(key: string): void {
    clearTimeout(this.timers.get(key));
    for (const map of [this.known, this.totals, this.shown, this.timers]) map.delete(key);
  }

  private later(document: vscode.TextDocument): void {
    const key = document.uri.toString();
    clearTimeout(this.timers.get(key));
    this.timers.set(
      key,
      setTimeout(() => void this.lookAtOthers(document), quietMs),
    );
  }

  private async lookAtOthers(document: vscode.TextDocument): Promise<void> {
    if (document.isClosed) return;
    const whole = await this.whole(document);
    const { models = [], unknown = [] } = whole?.analysis ?? {};
    const totals = JSON.stringify([...models.map((model) => [model.entry, model.totals]), unknown.length]);
    const key = document.uri.toString();
    if (totals === this.totals.get(key)) return;
    this.totals.set(key, totals);
    if (models.length > 1 || unknown.length > 0) this.changed.fire();
  }

  /** Evaluates the models that are not shown; between two of them the editor has its turn. */
  private async finish(document: vscode.TextDocument, known: Known, model: CodeModel): Promise<CodeModel | undefined> {
    const { others, ...rest } = model;
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      const current = this.known.get(document.uri.toString()) === known && known.version === document.version;
      if (!current) return document.isClosed ? undefined : this.whole(document);
      const { done, value } = others!.next();
      if (!done) continue;
      const whole: CodeModel = { ...rest, analysis: value };
      known.model = Promise.resolve(whole);
      this.analysis.keep().catch((error: unknown) => this.app.log.debug(String(error)));
      return whole;
    }
  }

  private refresh(): void {
    this.exported.clear();
    this.asked.clear();
    this.again();
  }

  /** Joins the code anew with what is known now. */
  private again(): void {
    this.known.clear();
    this.changed.fire();
  }

  private forgetTimes(): void {
    this.times.clear();
    this.asked.clear();
  }

  private async read(document: vscode.TextDocument): Promise<CodeModel | undefined> {
    const source = sourceText(document);
    const { packages } = codeSettings(document);
    if (!frameworks.test(source.text) && !packages.some((name) => source.text.includes(name))) return undefined;
    const began = performance.now();
    const { analyzeInSteps, AnalysisMemory } = await this.analysis.load();
    this.memory ??= new AnalysisMemory();
    const uri = document.uri.toString();
    const first = this.chosen[uri] ?? this.shown.get(uri);
    const options = { ...this.optionsFor(document), ...(first !== undefined && { first }) };
    const started = performance.now();
    const steps = analyzeInSteps(source.file, readerFor(source), options, this.memory);
    const { value: analysis, done } = steps.next();
    const [waited, read] = [started - began, performance.now() - started].map(Math.round);
    this.app.log.trace(`${source.file}: read in ${read} ms, after ${waited} ms until the analysis was loaded`);
    const usable = analysis.models.filter(({ layers }) => layers.length > 0);
    const shown = usable.find(({ entry }) => entry === first) ?? usable[0];
    const others = done ? {} : { others: steps };
    if (!shown) return { source, analysis, ...others };
    this.shown.set(uri, shown.entry);
    const { modelFacts } = await import('./evidence');
    const key = `${uri} ${shown.entry}`;
    const facts = modelFacts(shown, this.times, this.exported.get(key));
    // What others have to say comes when it comes: hints do not wait for the engine.
    if (!this.exported.has(key)) void this.lookForExported(key, shown);
    void this.askKnown(document, facts);
    void this.askSpectra(key, facts);
    return { source, analysis, facts, ...others };
  }

  private async lookForExported(key: string, model: SourceModel): Promise<void> {
    this.exported.set(key, undefined);
    const found = await findExported(this.app, model).catch((error: unknown) => {
      this.app.log.debug(String(error));
      return undefined;
    });
    if (!found) return;
    this.exported.set(key, found);
    this.again();
  }

  /** Asks the table for times that are not at hand. The engine is not started for it where nothing was ever measured. */
  private async askKnown(document: vscode.TextDocument, facts: ModelFacts): Promise<void> {
    const worthwhile = this.app.engine.state === 'running' || this.app.context.workspaceState.get(measuredKey, false);
    if (!worthwhile) return;
    const missing = (await this.sketchesOf(facts)).filter(([key]) => !this.asked.has(key));
    if (missing.length === 0) return;
    for (const [key] of missing) this.asked.add(key);
    // A file that is being typed has layers that come and go: an engine that does not answer costs the times only.
    await this.ask(document, missing, false, {}).then(
      () => this.again(),
      (error: unknown) => this.app.log.debug(String(error)),
    );
  }

  /** Asks what the exported weights lose at a rank, of layers with times of ranks, where no run says better. */
  private async askSpectra(key: string, { exported, layers }: ModelFacts): Promise<void> {
    if (!exported || exported.report || exported.spectra) return;
    const named = [...layers.values()].flatMap((one) =>
      one.staircase && !one.stale ? (one.exported?.name ?? []) : [],
    );
    if (named.length === 0) return;
    const before = this.exported.get(key);
    const spectra = await spectraOf(this.app, exported, named).catch((error: unknown) => {
      this.app.log.debug(String(error));
      return new Map<string, readonly number[]>();
    });
    if (this.exported.get(key) !== before || before === undefined) return;
    this.exported.set(key, { ...before, spectra });
    this.again();
  }

  private async ask(
    document: vscode.TextDocument,
    sketches: readonly (readonly [string, LayerSketch])[],
    measure: boolean,
    options: RequestOptions,
  ): Promise<void> {
    const { device } = settingsFor(document.uri);
    const params = { sketches: sketches.map(([, sketch]) => sketch), device, measure };
    const answers = await this.app.engine.request('sketchTimes', params, options);
    for (const [i, [key]] of sketches.entries()) this.times.set(key, answers[i]);
  }

  private async sketchesOf({ layers }: ModelFacts): Promise<(readonly [string, LayerSketch])[]> {
    const { sketchKey, sketchOf } = await import('./sketch');
    const { sketchAt } = await import('./widths');
    const sketches = [...layers.values()].flatMap(({ layer, width }) => [
      ...(sketchOf(layer) ? [sketchOf(layer)!] : []),
      ...((width && [sketchAt(layer, width.to)].flatMap((sketch) => sketch ?? [])) ?? []),
    ]);
    return [...new Map(sketches.map((sketch) => [sketchKey(sketch), sketch] as const))];
  }

  private optionsFor(document: vscode.TextDocument): AnalysisOptions {
    const { input } = codeSettings(document);
    const searchPaths = (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath.replace(/\\/g, '/'));
    return {
      searchPaths,
      packages: this.environments.packagesFor(document),
      ...(input.length > 0 && { inputs: input }),
    };
  }
}
