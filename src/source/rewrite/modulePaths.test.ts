import { describe, expect, it } from 'vitest';
import { candidatePaths, modulePath } from './modulePaths';

describe('the path of a layer in its code', () => {
  it.each([
    ['/conv1/Conv', 'conv1'],
    ['/layer1/layer1.0/conv1/Conv', 'layer1.0.conv1'],
    ['/layer2/layer2.0/downsample/downsample.0/Conv', 'layer2.0.downsample.0'],
    ['/seq/seq.0/seq.0.0/Conv', 'seq.0.0'],
    ['/blocks.1/fc2/MatMul', 'blocks.1.fc2'],
    ['/encoder/layers/layers.11/mlp/linear/Gemm_1', 'encoder.layers.11.mlp.linear'],
  ])('%s, as PyTorch writes it, is %s', (node, path) => {
    expect(candidatePaths({ node })).toEqual([path]);
    expect(modulePath({ node, weight: 'onnx::Conv_239' })).toBe(path);
  });

  it('comes from the name of the weight before that of the node', () => {
    expect(modulePath({ node: 'Conv_12', weight: 'layer1.0.conv1.weight' })).toBe('layer1.0.conv1');
    expect(modulePath({ node: 'layer1.0.conv1' })).toBe('layer1.0.conv1');
    expect(modulePath({ node: 'Conv_12' })).toBeUndefined();
  });

  it('is one of the model, without the modules around it', () => {
    const known = new Set(['layer1.0.conv1', 'conv2d_1']);
    expect(modulePath({ node: '/model/layer1/layer1.0/conv1/Conv' }, known)).toBe('layer1.0.conv1');
    expect(modulePath({ node: 'x', weight: 'module.net.layer1.0.conv1.weight' }, known)).toBe('layer1.0.conv1');
    expect(modulePath({ node: 'functional_1/conv2d_1/Conv2D' }, known)).toBe('conv2d_1');
    expect(modulePath({ node: '/layer9/Conv' }, known)).toBeUndefined();
  });
});
