import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../onnx/graphBuilder';
import { Session } from '../runtime/session';
import { inferShapes } from '../runtime/shapes';
import { float32 } from '../tensor/tensor';
import { differentiate } from './differentiate';
import type { ValueShape } from './rule';
import { standardRules } from './ruleTable';
import { stopGradient } from './stopGradient';

/** The straight-through estimator of rounding, `x + stop(round(x) - x)`, summed. */
function straightThrough(): GraphBuilder {
  const builder = new GraphBuilder();
  builder.input('x', 'float32', [3]);
  const difference = builder.op('Sub', [builder.op('Round', ['x']), 'x']);
  const rounded = builder.op('Add', ['x', stopGradient(builder, difference)]);
  builder.op('ReduceSum', [builder.op('Mul', [rounded, rounded])], { keepdims: 0 }, { outputs: ['loss'] });
  builder.output('loss', 'float32', []);
  return builder;
}

const x = float32([3], [0.4, 1.7, -2.2]);

describe('stopGradient', () => {
  it('is an identity that the runtime executes as it is', async () => {
    const session = await Session.create(straightThrough().model);
    const { loss } = await session.run({ x });
    await session.dispose();
    expect(loss.data[0]).toBeCloseTo(0 + 4 + 4, 6);
  });

  it('makes the gradient of a rounded value that of the value', async () => {
    const { model } = straightThrough();
    const shapes = (await inferShapes(model)) as ReadonlyMap<string, ValueShape>;
    const builder = new GraphBuilder(undefined, 'bw');
    builder.input('x', 'float32', [3]);
    const { gradients } = differentiate({
      graph: model.graph,
      shapes,
      loss: 'loss',
      parameters: ['x'],
      builder,
      rules: standardRules,
    });
    builder.output('gradient', 'float32', [3], gradients.get('x'));
    const session = await Session.create(builder.model);
    const { gradient } = await session.run({ x });
    await session.dispose();
    expect([...gradient.data]).toEqual([0, 4, -4]);
  });
});
