import { readRankKey } from '../hardware/blockKey';
import type { LatencyTable } from '../hardware/latencyTable';
import { learnStep, tellsStep, type RankTime } from '../hardware/staircase';
import type { MethodId } from '../methods/shared/site';
import type { LearntStep } from '../protocol/layerSketch';

/**
 * The steps that a latency table shows, by method: kernels of windows, and those of products, have steps of their own. Of the
 * layers whose ranks were measured close enough to tell, the most frequent step counts; of equally frequent ones the smaller.
 */
export function deviceSteps(table: LatencyTable): Map<MethodId, LearntStep> {
  const layers = new Map<string, { method: MethodId; points: RankTime[] }>();
  for (const key of table.keys) {
    const found = readRankKey(key);
    if (found?.method !== 'tucker' && found?.method !== 'svd') continue;
    const { block, method, rank } = found;
    const layer = layers.get(`${block}/${method}`) ?? { method, points: [] };
    const { medianMs: ms, lowMs, highMs } = table.entry(key)!;
    layer.points.push({ rank, ms, lowMs, highMs });
    layers.set(`${block}/${method}`, layer);
  }
  const counts = new Map<MethodId, Map<number, number>>();
  for (const { method, points } of layers.values()) {
    if (!tellsStep(points)) continue;
    const step = learnStep(points);
    const count = counts.get(method) ?? new Map<number, number>();
    counts.set(method, count.set(step, (count.get(step) ?? 0) + 1));
  }
  return new Map([...counts].map(([method, count]) => [method, mostFrequent(count)]));
}

function mostFrequent(count: ReadonlyMap<number, number>): LearntStep {
  const [[size]] = [...count].sort(([a, often], [b, other]) => other - often || a - b);
  return { size, from: 'device', layers: [...count.values()].reduce((sum, one) => sum + one, 0) };
}
