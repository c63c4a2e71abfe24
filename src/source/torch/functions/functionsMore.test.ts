import { describe, expect, it } from 'vitest';
import { shapeOf } from '../../testing/shapeOf';

/** As PyTorch 1.13 says. */
describe('shapes of functions', () => {
  it.each([
    ['torch.cat([x, x], axis=1)', [2, 12, 8]],
    ['torch.concat([x, x], axis=-1)', [2, 6, 16]],
    ['torch.stack([x, x], axis=1)', [2, 2, 6, 8]],
    ['torch.unsqueeze(x, axis=1)', [2, 1, 6, 8]],
    ['x.unsqueeze(axis=-1)', [2, 6, 8, 1]],
    ['x[:1].squeeze(axis=0)', [6, 8]],
    ['x.chunk(3, axis=1)[0]', [2, 2, 8]],
    ['x.unbind(axis=1)[0]', [2, 8]],
    ['x.max(axis=1).values', [2, 8]],
    ['x.min(axis=1, keepdims=True)[0]', [2, 1, 8]],
    ['x.median(axis=2)[0]', [2, 6]],
    ['x.mean(axis=1, keepdims=True)', [2, 1, 8]],
    ['x.sum(1, keepdims=True)', [2, 1, 8]],
    ['x.sum(dim=())[None]', [1]],
    ['x.std(axis=(1, 2), keepdims=True)', [2, 1, 1]],
    ['x.std(1, False, True)', [2, 1, 8]],
    ['x.var(False)[None]', [1]],
    ['x.prod(axis=1, keepdims=True)', [2, 1, 8]],
    ['torch.var_mean(x, 1, True, True)[0]', [2, 1, 8]],
    ['x.amax(axis=(1, 2), keepdims=True)', [2, 1, 1]],
    ['torch.logsumexp(x, axis=1, keepdims=True)', [2, 1, 8]],
    ['x.argmax(axis=-1, keepdims=True)', [2, 6, 1]],
    ['torch.argmin(input=x, axis=1)', [2, 8]],
    ['v.sum(axis=0, keepdims=True)', [1]],
    ['torch.max(x, other=v[:, None])', [2, 6, 8]],
    ['torch.diff(x, axis=1)', [2, 5, 8]],
    ['torch.diff(x, n=2)', [2, 6, 6]],
    ['x.permute(dims=(2, 0, 1))', [8, 2, 6]],
    ['x.repeat(repeats=(2, 1, 1))', [4, 6, 8]],
    ['x.tile(dims=(2,))', [2, 6, 16]],
    ['x.view(size=(12, 8))', [12, 8]],
    ['x.view(dtype=torch.int32)', [2, 6, 8]],
    ['x.reshape(shape=(12, -1))', [12, 8]],
    ['torch.reshape(x, shape=(12, 8))', [12, 8]],
    ['x[:1].expand(size=(4, -1, -1))', [4, 6, 8]],
    ['torch.mm(x[0], mat2=x[1].t())', [6, 6]],
    ['x.bmm(mat2=x.mT)', [2, 6, 6]],
    ['torch.mv(x[0], vec=torch.zeros(8))', [6]],
    ['torch.empty(size=(8, 4))', [8, 4]],
  ])('named as PyTorch allows: %s', (expression, shape) => {
    expect(shapeOf(expression)).toEqual(shape);
  });

  it.each([
    ['torch.randn(size=(8, 4))', [8, 4]],
    ['torch.zeros(size=x.shape)', [2, 6, 8]],
    ['torch.ones(size=[8, 4], dtype=torch.long)', [8, 4]],
    ['torch.rand(size=(8,))', [8]],
    ['torch.randint(high=5, size=(3, 2))', [3, 2]],
    ['torch.normal(x, 1.0)', [2, 6, 8]],
    ['torch.normal(0.0, 1.0, size=(2, 3))', [2, 3]],
    ['x.new_zeros(size=(3, 4))', [3, 4]],
    ['torch.Tensor((0.4, 0.5, 0.6))', [3]],
    ['torch.Tensor(((1, 2), (3, 4), (5, 6)))', [3, 2]],
    ['torch.Tensor(x.shape)', [2, 6, 8]],
    ['torch.Tensor([2, 3])', [2]],
    ['torch.Tensor(x)', [2, 6, 8]],
    ['torch.Tensor()', [0]],
    ['torch.FloatTensor((0.5, 1.5))', [2]],
    ['torch.LongTensor(2, 3)', [2, 3]],
    ['x.new(x.size(0), 8)', [2, 8]],
    ['x.new(x.size())', [2, 6, 8]],
    ['nn.Linear(3, 8).weight.new(3, 8)', [3, 8]],
    ['x.data.new([1, 2, 3])', [3]],
    ['x.new(v)', [6]],
    ['x.new()', [0]],
    ['x[:, np.newaxis]', [2, 1, 6, 8]],
    ['v[np.newaxis, :, np.newaxis]', [1, 6, 1]],
  ])('made: %s', (expression, shape) => {
    expect(shapeOf(expression)).toEqual(shape);
  });
});
