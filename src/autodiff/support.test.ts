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
    expect(message).toMatch(
      /Node warp .*GridSample.*Without training, one layer .*compressed: first\. One layer .*trained: second\./,
    );
  });

  it('counts what is too much to name', () => {
    const builder = new GraphBuilder();
    let x = builder.input('x', 'float32', [1, 2, 4, 4]);
    builder.input('grid', 'float32', [1, 4, 4, 2]);
    const many = Array.from({ length: 9 }, (_, i) => ({ name: `layer${i}`, weights: [`w${i}`] }));
    for (const { weights } of many) {
      const convolved = builder.op('Conv', [x, builder.constant(float32([2, 2, 1, 1], [1, 0, 0, 1]), weights[0])]);
      x = builder.op('GridSample', [convolved, 'grid'], {}, { name: `warp${builder.model.graph.nodes.length}` });
    }
    builder.output('y', 'float32', undefined, x);
    const { message } = trainabilityOf(builder.model.graph, many);
    expect(message).toMatch(/^Nodes warp1, warp3, warp5 and 6 more can't be trained: .* GridSample\./);
    expect(message).toMatch(/9 layers can still be compressed: layer0, layer1, layer2 and 6 more\. No layer/);
  });

  it('is not in the way of a gradient what only computes with sizes', () => {
    const builder = new GraphBuilder();
    builder.input('x', 'float32', ['batch', 2, 4, 4]);
    builder.constant(float32([2, 2, 1, 1], [1, 0, 0, 1]), 'a');
    const first = builder.op('Conv', ['x', 'a']);
    const remainder = builder.op('Mod', [builder.op('Shape', [first]), builder.ints([7])]);
    const padded = builder.op('Expand', [first, remainder]);
    builder.output('y', 'float32', undefined, padded);
    expect(trainabilityOf(builder.model.graph, [layers[0]]).message).toBeUndefined();
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
