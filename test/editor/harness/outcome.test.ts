import { describe, expect, it } from 'vitest';
import type { ReportLine } from './mochaRun';
import { outcomeOf, skippedPart, summary } from './outcome';

const pass: ReportLine = { event: 'pass', title: 'a', milliseconds: 1 };
const fail: ReportLine = { event: 'fail', title: 'b', message: 'no' };
const end: ReportLine = { event: 'end' };

describe('what came of a part', () => {
  it('is green only when the run came to its end and something passed', () => {
    expect(outcomeOf('part', [pass, end], 0)).toMatchObject({ passed: 1, failed: 0 });
    expect(outcomeOf('part', [pass], 0)).toMatchObject({ failed: 1 });
    expect(outcomeOf('part', [end], 0)).toMatchObject({ failed: 1 });
    expect(outcomeOf('part', [], 0)).toMatchObject({ failed: 1 });
  });

  it('is red when the editor ended badly though every test passed', () => {
    expect(outcomeOf('part', [pass, end], 1)).toMatchObject({ passed: 1, failed: 1 });
  });

  it('counts each failure once', () => {
    expect(outcomeOf('part', [pass, fail, end], 1)).toMatchObject({ passed: 1, failed: 1 });
  });

  it('is summed up in a last line', () => {
    const text = summary([outcomeOf('one', [pass, pass, end], 0), skippedPart('another', 'No browser.')]);
    expect(text).toContain('(No browser.)');
    expect(text.split('\n').at(-1)).toBe('2 passed, 0 failed, 1 skipped');
  });
});
