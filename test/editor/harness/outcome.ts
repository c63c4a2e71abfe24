import type { ReportLine } from './mochaRun';

/** What came of one part of the tests. */
export interface Outcome {
  readonly part: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Why a whole part did not run; it then counts as skipped. */
  readonly reason?: string;
}

/**
 * What a report says. A run that did not come to its end, or in which nothing passed, has failed whatever the exit status
 * says: both happen when an extension host dies early.
 */
export function outcomeOf(part: string, lines: readonly ReportLine[], exitStatus: number): Outcome {
  const count = (event: ReportLine['event']): number => lines.filter((line) => line.event === event).length;
  const [passed, failed, skipped] = [count('pass'), count('fail'), count('skip')];
  const whole = count('end') === 1 && passed > 0;
  const unexplained = failed === 0 && (!whole || exitStatus !== 0);
  return {
    part,
    passed,
    failed: failed + (unexplained ? 1 : 0),
    skipped,
    ...(whole ? {} : { reason: 'not finished' }),
  };
}

export function skippedPart(part: string, reason: string): Outcome {
  return { part, passed: 0, failed: 0, skipped: 1, reason };
}

/** One line for every part and, last, one for all of them. */
export function summary(outcomes: readonly Outcome[]): string {
  const sum = (key: 'passed' | 'failed' | 'skipped'): number => outcomes.reduce((total, each) => total + each[key], 0);
  const counts = (passed: number, failed: number, skipped: number): string =>
    `${passed} passed, ${failed} failed, ${skipped} skipped`;
  const width = Math.max(...outcomes.map(({ part }) => part.length));
  const lines = outcomes.map(
    ({ part, passed, failed, skipped, reason }) =>
      `${part.padEnd(width)}  ${counts(passed, failed, skipped)}${reason ? `  (${reason})` : ''}`,
  );
  return [...lines, counts(sum('passed'), sum('failed'), sum('skipped'))].join('\n');
}

/** The lines of a report as a person reads them. */
export function describeReport(lines: readonly ReportLine[]): string {
  return lines.flatMap(describeLine).join('\n');
}

function describeLine(line: ReportLine): string[] {
  switch (line.event) {
    case 'pass':
      return [`  ok    ${line.title} (${line.milliseconds} ms)`];
    case 'fail':
      return [`  FAIL  ${line.title}`, ...line.message.split('\n').map((text) => `        ${text}`)];
    case 'skip':
      return [`  skip  ${line.title}`];
    case 'figure':
      return [`  info  ${line.title}`];
    case 'end':
      return [];
  }
}
