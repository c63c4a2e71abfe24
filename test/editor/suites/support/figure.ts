import { appendLine } from '../../harness/mochaRun';
import { reportVariable } from '../../harness/hostVariables';

/** Puts a measured figure into the report: it is printed and never asserted. */
export function figure(text: string): void {
  const report = process.env[reportVariable];
  if (report) appendLine(report, { event: 'figure', title: text });
}
