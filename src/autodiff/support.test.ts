import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../onnx/graphBuilder';
import { float32 } from '../tensor/tensor';
import { supportedOperators, trainabilityOf } from './support';

/** x -> Conv (a) -> GridSample -> Conv (b) -> y */
function blockedModel(): GraphBuilder {
  const builder = new GraphBuilder();
  builder.input('x', 'float32', [1, 2, 4, 4]);
  builder.input('grid', 'float32', [1, 4, 4, 2]);
  for (const name of ['a', 'b']) builder.constant(float32([2, 2, 1, 1], [1, 0, 0, 1]), name);
  const first = builder.op('Conv', ['x', 'a']);
  const sampled = builder.op('GridSample', [first, 'grid'], {}, { name: 'warp' });
  builder.output('y', 'float32', undefined, builder.op('Conv', [sampled, 'b']));
  return builder;
}

const layers = [
  { name: 'first', weights: ['a'] },
  { name: 'second', weights: ['b'] },
];

describe('trainabilityOf', () => {
  it('names the node, its operator, and the layers on either side', () => {
    const { graph } = blockedModel().model;
    const { trainable, untrainable, obstacles, message } = trainabilityOf(graph, layers);
    expect(trainable).toEqual(['second']);
    expect(untrainable).toEqual(['first']);
    expect(obstacles).toEqual([{ node: 'warp', operator: 'GridSample', layers: ['first'] }]);
    expect(message).toMatch(/Node warp .*GridSample.*Without training, .*compressed: first\..*trained: second\./);
  });

  it('has nothing to say when every operator has a rule', () => {
    const { graph } = blockedModel().model;
    const [, second] = layers;
    expect(trainabilityOf(graph, [second])).toEqual({
      trainable: ['second'],
      untrainable: [],
      obstacles: [],
      message: undefined,
    });
  });
});

describe('supportedOperators', () => {
  it('lists each operator once, with how it is supported', () => {
    const operators = supportedOperators();
    const names = operators.map(({ operator }) => operator);
    expect(new Set(names).size).toBe(names.length);
    expect(operators).toContainEqual({ operator: 'Conv', gradient: 'rule' });
    expect(operators).toContainEqual({ operator: 'Gelu', gradient: 'translated' });
    expect(operators).toContainEqual({ operator: 'ArgMax', gradient: 'none' });
  });
});
