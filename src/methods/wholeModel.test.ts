import { describe, expect, it } from 'vitest';
import { sharedPath } from '../../test/support/sharedData';
import { modelTotals } from '../onnx/layers';
import { decodeModel, readModel } from '../onnx/read';
import { encodeModel } from '../onnx/write';
import { Session } from '../runtime/session';
import { Random } from '../tensor/random';
import type { Tensor } from '../tensor/tensor';
import { methodOf, statusOf } from './registry';
import type { Site } from './shared/site';
import { layersIn, randomTensor, relativeDifference } from './testing/models';

const path = sharedPath('models', 'resnet20_cifar10_bn.onnx');

async function logits(model: Parameters<typeof Session.create>[0], input: Tensor): Promise<Tensor> {
  const session = await Session.create(model);
  try {
    return (await session.run({ input })).logits;
  } finally {
    await session.dispose();
  }
}

describe.skipIf(!path)('every site of ResNet-20', () => {
  const cases: { label: string; rank: (site: Site) => number; tolerance?: number }[] = [
    { label: 'at full rank computes what the network computes', rank: (site) => site.fullRank, tolerance: 1e-4 },
    { label: 'at half rank costs what the costs of its sites add up to', rank: (site) => Math.ceil(site.fullRank / 2) },
  ];
  it.each(cases)('$label', async ({ rank, tolerance }) => {
    const source = readModel(path!);
    const model = source.clone();
    const layers = await layersIn(model);
    const expected = { ...modelTotals(model, layers) };
    const statuses = statusOf(model, layers);
    expect(statuses.map(({ status }) => status)).toEqual(['not-worthwhile', ...Array<string>(19).fill('compressible')]);
    for (const { site } of statuses) {
      if (!site) continue;
      const method = methodOf(site);
      const choice = { kind: 'rank', rank: rank(site) } as const;
      const [keep, cost] = [method.cost(site, { kind: 'keep' }), method.cost(site, choice)];
      for (const key of ['macs', 'params', 'bytes'] as const) expected[key] += cost[key] - keep[key];
      method.apply(model, site, choice, await method.factors(model, site));
    }
    const totals = modelTotals(model, await layersIn(model));
    expect(totals).toEqual(expected);
    expect(model.graph.outputs.map((output) => output.name)).toEqual(['logits']);
    expect(model.opset()).toBe(source.opset());
    const input = randomTensor([2, 3, 32, 32], Random.of(2));
    const result = await logits(decodeModel(encodeModel(model)), input);
    if (tolerance) expect(relativeDifference(result, await logits(source, input))).toBeLessThan(tolerance);
  });
});
