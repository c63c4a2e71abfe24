import { vi } from 'vitest';
import { analyzeSource } from '../analyze';
import { IdleRounds } from '../evaluate/idleRounds';
import { Twins } from '../evaluate/twins';
import type { SourceAnalysis } from '../sourceModel';

/** The analysis of one text. */
export function analysed(text: string): SourceAnalysis {
  return analyzeSource('net.py', { read: (path) => (path === 'net.py' ? text : undefined) });
}

/** With every block made and run, and every round of a loop. */
export function plainly<T>(analyse: () => T): T {
  const make = vi.spyOn(Twins.prototype, 'make').mockImplementation((_, __, make) => make());
  const run = vi.spyOn(Twins.prototype, 'run').mockImplementation((_, __, run) => run());
  const skips = vi.spyOn(IdleRounds.prototype, 'skips').mockReturnValue(false);
  try {
    return analyse();
  } finally {
    for (const spy of [make, run, skips]) spy.mockRestore();
  }
}
