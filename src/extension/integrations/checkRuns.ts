import * as vscode from 'vscode';
import type { Progress, RunDetail } from '../../protocol/runs';
import type { App } from '../app';
import { describeFailure, isCancellation } from '../failure';
import { t } from '../l10n';
import { judgeAccuracy, judgeBudget, judgeFaster, type Judgement, type Measured } from './judgement';
import type { Check } from './runTests';

type Report = NonNullable<RunDetail['report']>;

/** Checks the runs that are asked for, one after another: side by side they would disturb each other's times. */
export async function checkRuns(
  app: App,
  controller: vscode.TestController,
  request: vscode.TestRunRequest,
  token: vscode.CancellationToken,
): Promise<void> {
  const run = controller.createTestRun(request);
  try {
    const chosen = chosenChecks(controller, request);
    for (const checks of chosen.values()) for (const check of checks) run.enqueued(check);
    for (const [item, checks] of chosen) await new RunCheck(app, run, item, token).all(checks);
  } finally {
    run.end();
  }
}

/** The checks that a request means, by the item of their run. */
function chosenChecks(
  { items }: vscode.TestController,
  { include, exclude = [] }: vscode.TestRunRequest,
): Map<vscode.TestItem, vscode.TestItem[]> {
  const chosen = new Map<vscode.TestItem, vscode.TestItem[]>();
  for (const item of include ?? listOf(items)) {
    const run = item.parent ?? item;
    const checks = item.parent ? [item] : listOf(item.children);
    const wanted = checks.filter((check) => !exclude.includes(check) && !exclude.includes(run));
    chosen.set(run, [...new Set([...(chosen.get(run) ?? []), ...wanted])]);
  }
  return chosen;
}

function listOf(items: vscode.TestItemCollection): vscode.TestItem[] {
  return [...items].map(([, item]) => item);
}

/** Checks one run. */
class RunCheck {
  constructor(
    private readonly app: App,
    private readonly run: vscode.TestRun,
    private readonly item: vscode.TestItem,
    private readonly token: vscode.CancellationToken,
  ) {}

  async all(checks: readonly vscode.TestItem[]): Promise<void> {
    const timed = checks.filter((check) => kindOf(check) !== 'accuracy');
    const others = checks.filter((check) => kindOf(check) === 'accuracy');
    await this.judge(timed, async ({ request }, report) => {
      const comparison = await this.compare(request.inputDims, report);
      return (check) =>
        kindOf(check) === 'faster' ? judgeFaster(comparison) : judgeBudget(comparison, request.budget.text);
    });
    await this.judge(others, async ({ request }, report) => {
      const options = { token: this.token, onProgress: this.teller() };
      const metric = await this.app.engine.request('evaluateRun', { run: this.item.id }, options);
      return () => judgeAccuracy(metric, report, request.maxDrop);
    });
  }

  /** Does the work that some checks have in common, and gives each its outcome. */
  private async judge(
    checks: readonly vscode.TestItem[],
    work: (detail: RunDetail, report: Report) => Promise<(check: vscode.TestItem) => Judgement>,
  ): Promise<void> {
    if (checks.length === 0) return;
    if (this.token.isCancellationRequested) return this.skip(checks);
    const started = performance.now();
    for (const check of checks) this.run.started(check);
    try {
      const detail = await this.app.runs.show(this.item.id);
      if (!detail.report) throw new Error(t('This run is not finished; it has no model yet.'));
      const judgementOf = await work(detail, detail.report);
      const durationMs = performance.now() - started;
      for (const check of checks) {
        const { passed, message } = judgementOf(check);
        this.say(`${check.label}: ${message}`, check);
        if (passed) this.run.passed(check, durationMs);
        else this.run.failed(check, new vscode.TestMessage(message), durationMs);
      }
    } catch (error) {
      if (isCancellation(error)) return this.skip(checks);
      const message = describeFailure(error);
      this.say(message, this.item);
      for (const check of checks) this.run.errored(check, new vscode.TestMessage(message));
    }
  }

  /** Measures the source and the result in pairs, on the device and at the sizes of the report. */
  private async compare(dims: RunDetail['request']['inputDims'], report: Report): Promise<Measured> {
    const { source, result } = report.model;
    const params = { a: source, b: result, device: report.device, inputDims: report.inputDims ?? dims };
    return this.app.engine.request('compare', params, { token: this.token, onProgress: this.teller() });
  }

  /** Tells of each stage once: the output is read afterwards. */
  private teller(): (progress: Progress) => void {
    let before: string | undefined;
    return ({ stage }) => {
      if (stage !== before) this.say(`${this.item.label}: ${stage}`, this.item);
      before = stage;
    };
  }

  private skip(checks: readonly vscode.TestItem[]): void {
    for (const check of checks) this.run.skipped(check);
  }

  private say(line: string, item: vscode.TestItem): void {
    this.run.appendOutput(`${line}\r\n`, undefined, item);
  }
}

function kindOf({ id }: vscode.TestItem): Check {
  return id.slice(id.lastIndexOf('#') + 1) as Check;
}
