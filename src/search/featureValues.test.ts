import { describe, expect, it } from 'vitest';
import { makeModel } from '../methods/testing/models';
import { float32 } from '../tensor/tensor';
import { featureValues } from './featureValues';

const x = [2, 4];
const weights = { w: float32([4, 4]), b: float32([4]) };
const dense = (input: string, output: string) => ({ op: 'MatMul', inputs: [input, 'w'], output, name: output });

describe('featureValues', () => {
  it('are the joins of residual blocks, not the additions of a bias', () => {
    const nodes = [
      dense('x', 'h'),
      { op: 'Add', inputs: ['h', 'b'], output: 'biased', name: 'bias' },
      { op: 'Relu', inputs: ['biased'], output: 'a', name: 'relu' },
      { op: 'Add', inputs: ['a', 'h'], output: 'y', name: 'join' },
    ];
    expect(featureValues(makeModel({ x, weights, nodes }))).toEqual(['y']);
  });

  it('are the activations where nothing joins and nothing is pooled, or else the outputs', () => {
    const nodes = [dense('x', 'h'), { op: 'Relu', inputs: ['h'], output: 'a', name: 'relu' }, dense('a', 'y')];
    expect(featureValues(makeModel({ x, weights, nodes }))).toEqual(['a']);
    const smooth = nodes.map((node) => (node.op === 'Relu' ? { ...node, op: 'Tanh' } : node));
    expect(featureValues(makeModel({ x, weights, nodes: smooth }))).toEqual(['y']);
  });
});
