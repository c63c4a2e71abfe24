import { describe, expect, it } from 'vitest';
import { costAt, keptEnergy, modelPlan, timeAt, type Known, type PlannedLayer } from '../../webview/model/whatIf';
import { generatedModel } from './support/generated';

const data = generatedModel(12);
const [summary, times] = [data.summary, data.times];

function known(name: string): Known {
  const layer = summary.layers.find((other) => other.name === name);
  if (!layer) throw new Error(`No layer ${name}.`);
  return {
    layer,
    time: times?.layers.find((time) => time.name === name),
    staircase: data.staircases.find(({ layer: of }) => of === name),
    detail: data.details.find(({ layer: of }) => of === name),
  };
}
const site = known('features.4');

function plannedLayers(ranks: ReadonlyMap<string, number>): PlannedLayer[] {
  return [...ranks].map(([name, rank]) => ({ known: known(name), cost: costAt(known(name), rank) }));
}

describe('the time of a layer at a rank', () => {
  it('is the measured one, with its interval, at every rank that was measured', () => {
    for (const { rank, ms, low, high } of site.staircase?.points ?? []) {
      expect(timeAt(site, rank)).toEqual({ ms, low, high, origin: 'table' });
    }
  });

  it('is never called measured between measured ranks', () => {
    const points = site.staircase?.points ?? [];
    const measured = new Set(points.map(({ rank }) => rank));
    for (let rank = 1; rank <= (site.layer.site?.fullRank ?? 0); rank++) {
      if (!measured.has(rank))
        expect(timeAt(site, rank)).toEqual({ ms: expect.any(Number), origin: 'estimated', by: expect.any(String) });
    }
  });

  it('lies on the straight line between its measured neighbours', () => {
    const [before, after] = [
      { rank: 40, ms: 2, low: 2, high: 2 },
      { rank: 48, ms: 1, low: 1, high: 1 },
    ];
    const staircase = {
      layer: 'features.4',
      device: { provider: 'cpu', threads: 1 },
      keepMs: 3,
      candidates: [48],
    } as const;
    const time = timeAt({ ...site, staircase: { ...staircase, points: [before, after] } }, 42);
    expect(time).toEqual({ ms: 1.75, origin: 'estimated', by: 'interpolation' });
  });

  it('follows the MACs where no rank was measured, and is not known without a measurement or a detail', () => {
    const macs = site.detail?.byRank?.macs ?? [];
    const time = timeAt({ ...site, staircase: undefined }, 16);
    expect(time?.ms).toBeCloseTo(((site.time?.ms ?? 0) * macs[16]) / site.layer.macs, 12);
    expect(time?.by).toBe('macs');
    expect(timeAt({ ...site, staircase: undefined, time: undefined }, 16)).toBeUndefined();
    expect(timeAt({ layer: site.layer, time: site.time }, 16)).toBeUndefined();
  });
});

describe('the cost of a layer', () => {
  it('is its own when it keeps its form', () => {
    const { macs, params, bytes } = site.layer;
    expect(costAt(site, undefined)).toMatchObject({ macs, params, bytes, error: 0 });
  });

  it('leaves out what is not known', () => {
    expect(costAt({ layer: site.layer }, 16)).toEqual({
      time: undefined,
      error: undefined,
      macs: undefined,
      params: undefined,
      bytes: undefined,
    });
  });

  it('keeps the energy that the error leaves', () => {
    expect(keptEnergy(0)).toBe(1);
    expect(keptEnergy(0.6)).toBeCloseTo(0.64, 12);
    expect(keptEnergy(1)).toBe(0);
  });
});

describe('the model as planned', () => {
  it('is the model as it is without a plan', () => {
    expect(modelPlan(summary, times, []).planned).toBeUndefined();
  });

  it('changes by just what the planned layers change', () => {
    const ranks = new Map([
      ['features.4', 16],
      ['features.5', 32],
    ]);
    const { now, planned } = modelPlan(summary, times, plannedLayers(ranks));
    const saved = [...ranks].map(([name, rank]) => ({ before: known(name).layer, after: costAt(known(name), rank) }));
    expect(planned?.macs).toBeCloseTo(
      summary.totals.macs - saved.reduce((sum, { before, after }) => sum + before.macs - (after.macs ?? 0), 0),
      3,
    );
    expect(planned?.time?.origin).toBe('estimated');
    expect(planned?.time?.ms).toBeLessThan(now.time?.ms ?? 0);
    expect(now.time).toMatchObject({ ms: times?.latencyMs, origin: 'measured' });
  });

  it('never counts more savings than the whole model shows', () => {
    if (!times) throw new Error('The generated model has times.');
    const fused = {
      ...times,
      latencyMs: times.table.sumMs / 2,
      table: { ...times.table, wholeMs: times.table.sumMs / 2 },
    };
    const { planned } = modelPlan(summary, fused, plannedLayers(new Map([['features.4', 16]])));
    const savedMs = (known('features.4').time?.ms ?? 0) - (costAt(known('features.4'), 16).time?.ms ?? 0);
    expect(planned?.time?.ms).toBeCloseTo(fused.latencyMs - savedMs / 2, 10);
  });

  it('is not told while a figure of a planned layer is missing', () => {
    const ignorant = { ...known('features.4'), detail: undefined };
    const planned = [{ known: ignorant, cost: costAt(ignorant, 16) }];
    expect(modelPlan(summary, times, planned).planned).toBeUndefined();
  });
});
