import type { RunSummary } from '../../../src/protocol/runs';

/** A run, or the source model, as a point: faster to the left, better (or cheaper) by `value`. */
export interface ParetoPoint {
  readonly run?: string;
  readonly name: string;
  readonly latencyMs: number;
  readonly value: number;
  readonly accepted: boolean;
}

/** Points of the finished runs that have a figure on the vertical axis. */
export function paretoPoints(
  runs: readonly RunSummary[],
  valueOf: (figures: NonNullable<RunSummary['figures']>) => number | undefined,
  nameOf: (run: RunSummary) => string,
): ParetoPoint[] {
  return runs.flatMap((run) => {
    const value = run.figures && valueOf(run.figures);
    if (!run.figures || value === undefined) return [];
    const { latencyMs, verdict } = run.figures;
    return [{ run: run.path, name: nameOf(run), latencyMs, value, accepted: verdict === 'accepted' }];
  });
}

/** Points that no other one beats in both: rising by latency. */
export function paretoFront(points: readonly ParetoPoint[], better: 'higher' | 'lower'): ParetoPoint[] {
  const sign = better === 'higher' ? 1 : -1;
  const front: ParetoPoint[] = [];
  for (const point of [...points].sort((a, b) => a.latencyMs - b.latencyMs || sign * (b.value - a.value))) {
    const last = front.at(-1);
    if (!last || sign * (point.value - last.value) > 0) front.push(point);
  }
  return front;
}
