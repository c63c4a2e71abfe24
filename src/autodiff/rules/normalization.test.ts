import { describe, expect, it } from 'vitest';
import { float } from '../../onnx/attributes';
import { buildOpset, GraphBuilder } from '../../onnx/graphBuilder';
import { Model } from '../../onnx/model';
import { fixShapes } from '../../runtime/fixShapes';
import { Session } from '../../runtime/session';
import { float32 } from '../../tensor/tensor';
import { differentiate } from '../differentiate';
import { createStandardRules } from '../ruleTable';
import { normalizationCases } from '../testing/cases/normalization';

describe('gradients against difference quotients: normalization', () => {
  it.each(normalizationCases)('$title', (gradient) => gradient.check());
});

describe('BatchNormalization by batch statistics', () => {
  it('keeps the statistics of several nodes apart when all start from equal constants and the graph is optimised', async () => {
    const network = new GraphBuilder();
    const ones = (name: string): string => network.constant(float32([2], [1, 1]), name);
    let x = network.input('x', 'float32', [2, 2, 1, 2]);
    for (const name of ['first', 'second']) {
      const inputs = ['scale', 'bias', 'mean', 'variance'].map((which) => ones(`${name}.${which}`));
      x = network.op('BatchNormalization', [x, ...inputs], { momentum: float(0) });
    }
    network.output('loss', 'float32', [], network.op('ReduceSum', [x], { keepdims: 0 }));
    const { model, shapes } = await fixShapes(network.model);
    const builder = new GraphBuilder(Model.empty('step', { '': buildOpset }), 'step');
    builder.input('x', 'float32', [2, 2, 1, 2]);
    const rules = createStandardRules({ batchNorm: 'train' });
    const { updates } = differentiate({ graph: model.graph, shapes, loss: 'loss', parameters: [], builder, rules });
    for (const [name, value] of updates) builder.output(`new ${name}`, 'float32', undefined, value);
    const session = await Session.create(builder.model, { optimization: 'basic' });
    const results = await session.run({ x: float32([2, 2, 1, 2], [1, 3, -2, -2, 5, 7, 2, 2]) });
    await session.dispose();
    // Four elements per channel: 1, 3, 5, 7 and -2, -2, 2, 2; the running variance takes up the unbiased one.
    expect(results['new first.mean'].data).toEqual(Float32Array.of(4, 0));
    expect(results['new first.variance'].data[0]).toBeCloseTo(20 / 3, 5);
    expect(results['new first.variance'].data[1]).toBeCloseTo(16 / 3, 5);
    // The second sees normalised values plus one.
    for (const mean of results['new second.mean'].data) expect(mean).toBeCloseTo(1, 5);
    for (const variance of results['new second.variance'].data) expect(variance).toBeCloseTo(4 / 3, 4);
  });
});
