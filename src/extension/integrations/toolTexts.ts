import type { ModelSummary } from '../../protocol/model';
import type { RunDetail } from '../../protocol/runs';
import type { ModelComparison, ModelTimes } from '../../protocol/times';

/** Layers that a model is told of at most; the rest is counted. */
const mostLayers = 200;

/** What an agent is told of a model: plain JSON, without what it can't use. */
export function modelForAgent({ path, totals, inputs, outputs, trainingObstacle, layers }: ModelSummary): string {
  return JSON.stringify({
    path,
    totals,
    inputs,
    outputs,
    trainingObstacle,
    layers: layers.slice(0, mostLayers).map(({ name, op, macs, params, status, reason, site }) => ({
      name,
      op,
      macs,
      params,
      status,
      reason,
      fullRank: site?.fullRank,
    })),
    layersLeftOut: Math.max(0, layers.length - mostLayers),
  });
}

export function timesForAgent({ model, device, latencyMs, latency, noisy, layers }: ModelTimes): string {
  return JSON.stringify({
    model,
    device,
    latencyMs,
    interval95: [latency.low, latency.high],
    noisy,
    layers: layers.slice(0, mostLayers).map(({ name, ms, share, origin }) => ({ name, ms, share, origin })),
    layersLeftOut: Math.max(0, layers.length - mostLayers),
  });
}

export function comparisonForAgent({ a, b, speedup, agreement, agreementOn, noisy }: ModelComparison): string {
  return JSON.stringify({
    first: { path: a.path, latencyMs: a.latencyMs },
    second: { path: b.path, latencyMs: b.latencyMs },
    speedup: speedup.median,
    interval95: [speedup.low, speedup.high],
    agreement,
    agreementOn,
    noisy,
  });
}

export function runForAgent({ summary, report }: RunDetail): string {
  if (!report) return JSON.stringify({ run: summary.path, state: summary.state, result: summary.result });
  const { verdict, why, model, before, after, speedup, metricName, gates } = report;
  return JSON.stringify({
    run: summary.path,
    verdict,
    why,
    model: model.result,
    speedup: speedup.median,
    interval95: [speedup.low, speedup.high],
    latencyMs: [before.latencyMs, after.latencyMs],
    bytes: [before.bytes, after.bytes],
    metric: metricName && { name: metricName, before: before.metric, after: after.metric },
    gates,
  });
}
