import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import Mocha from 'mocha';

/** One line of a report: what happened to one test, or that the run came to its end. */
export type ReportLine =
  | { readonly event: 'pass'; readonly title: string; readonly milliseconds: number }
  | { readonly event: 'fail'; readonly title: string; readonly message: string }
  | { readonly event: 'skip'; readonly title: string }
  | { readonly event: 'figure'; readonly title: string }
  | { readonly event: 'end' };

export interface MochaRun {
  readonly files: readonly string[];
  /** Gets a line for every test and one at the end: who reads it knows whether the run was whole. */
  readonly report: string;
  readonly timeoutMs: number;
  /** Steps that build on each other stop at the first failure. */
  readonly bail?: boolean;
  /** Only tests whose full title matches. */
  readonly only?: string;
}

/** Runs mocha in this process and gives the number of failures. */
export async function runMocha({ files, report, timeoutMs, bail, only }: MochaRun): Promise<number> {
  process.setSourceMapsEnabled(true);
  const mocha = new Mocha({ ui: 'bdd', reporter: Mocha.reporters.Base, timeout: timeoutMs, bail, grep: only });
  for (const file of files) mocha.addFile(file);
  const write = (line: ReportLine): void => appendLine(report, line);
  return new Promise((resolve) => {
    const runner = mocha.run(resolve);
    runner.on('pass', (test) =>
      write({ event: 'pass', title: test.fullTitle(), milliseconds: Math.round(test.duration ?? 0) }),
    );
    runner.on('fail', (test, error: Error) =>
      write({ event: 'fail', title: test.fullTitle(), message: error.stack ?? error.message }),
    );
    runner.on('pending', (test) => write({ event: 'skip', title: test.fullTitle() }));
    runner.on('end', () => write({ event: 'end' }));
  });
}

export function appendLine(report: string, line: ReportLine): void {
  appendFileSync(report, `${JSON.stringify(line)}\n`);
}

export function readReport(report: string): ReportLine[] {
  if (!existsSync(report)) return [];
  const lines = readFileSync(report, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as ReportLine);
}
