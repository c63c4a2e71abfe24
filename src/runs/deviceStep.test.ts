import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { rankKey } from '../hardware/blockKey';
import { LatencyTable } from '../hardware/latencyTable';
import { firstRanks } from '../hardware/staircase';
import { deviceSteps } from './deviceStep';

const folders: string[] = [];
afterAll(() => folders.forEach((folder) => fs.rmSync(folder, { recursive: true, force: true })));

/** A table of layers whose times go in steps; by default of ranks that tell. */
function tableOf(layers: readonly { method: string; step: number; ranks?: readonly number[] }[]): LatencyTable {
  const folder = fs.mkdtempSync(join(tmpdir(), 'layerwise-step-'));
  folders.push(folder);
  const table = LatencyTable.open(folder, { provider: 'cpu', threads: 1 });
  for (const [i, { method, step, ranks = firstRanks(96) }] of layers.entries())
    for (const rank of ranks) {
      const medianMs = 0.1 + 0.01 * Math.ceil(rank / step) * step + (rank % step === 0 ? 0 : 0.2);
      const entry = { label: '', noisy: false, sessions: [], callMs: [], measuredAt: '2026-01-01' };
      table.add(rankKey(`block${i}`, method, rank), { ...entry, medianMs, lowMs: medianMs, highMs: medianMs });
    }
  return table;
}

const steps = (...layers: Parameters<typeof tableOf>[0]): unknown => Object.fromEntries(deviceSteps(tableOf(layers)));

describe('the steps of a device', () => {
  it('are learnt from its latency table, for each method', () => {
    expect(steps({ method: 'tucker', step: 4 }, { method: 'svd', step: 16 })).toEqual({
      tucker: { size: 4, from: 'device', layers: 1 },
      svd: { size: 16, from: 'device', layers: 1 },
    });
  });

  it('are those of most layers, or the smaller of two', () => {
    const [four, eight] = [4, 8].map((step) => ({ method: 'tucker', step }));
    expect(steps(eight, four, eight)).toEqual({ tucker: { size: 8, from: 'device', layers: 3 } });
    expect(steps(eight, four)).toEqual({ tucker: { size: 4, from: 'device', layers: 2 } });
  });

  it('are 1 where the times show none, and unknown where the ranks do not tell', () => {
    expect(steps({ method: 'tucker', step: 1 })).toEqual({ tucker: { size: 1, from: 'device', layers: 1 } });
    expect(steps({ method: 'tucker', step: 8, ranks: [8, 16, 24, 32] }, { method: 'whole', step: 8 })).toEqual({});
    const even = { method: 'tucker', step: 8, ranks: [8, 16, 32] };
    expect(steps(even, even, { method: 'tucker', step: 4 })).toEqual({
      tucker: { size: 4, from: 'device', layers: 1 },
    });
  });
});
