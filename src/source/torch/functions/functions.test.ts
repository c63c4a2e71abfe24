import { describe, expect, it } from 'vitest';
import { shapeOf } from '../../testing/shapeOf';

/** As PyTorch 1.13 says. */
describe('shapes of functions', () => {
  it.each([
    ['torch.view_as_complex(x.reshape(2, 6, 4, 2))', [2, 6, 4]],
    ['torch.view_as_real(torch.polar(torch.ones(3, 4), torch.zeros(3, 4)))', [3, 4, 2]],
    ['torch.view_as_real(torch.view_as_complex(x.reshape(2, 6, 4, 2)) * torch.zeros(6, 1)).flatten(2)', [2, 6, 8]],
    ["torch.fft.rfft2(x, norm='ortho')", [2, 6, 5]],
    ["torch.fft.irfft2(torch.fft.rfft2(x), s=(6, 7), norm='ortho')", [2, 6, 7]],
    ['torch.fft.rfft(x, dim=1)', [2, 4, 8]],
    ['torch.fft.irfft(torch.fft.rfft(x, n=12), n=12)', [2, 6, 12]],
    ['torch.fft.fft2(x).real', [2, 6, 8]],
    ['torch.stft(torch.zeros(2, 100), 16, 4, return_complex=True, window=torch.hann_window(16))', [2, 9, 26]],
    ['torch.istft(torch.zeros(2, 9, 26), 16, 4)', [2, 100]],
    ['F.pairwise_distance(x, x)', [2, 6]],
    ['torch.std_mean(x, dim=[1, 2], keepdim=True)[1]', [2, 1, 1]],
    ['torch.atan2(x, v[:, None])', [2, 6, 8]],
    ['torch.log1p(x).tril_()', [2, 6, 8]],
    ['torch.diag(v)', [6, 6]],
    ['torch.diag_embed(x)', [2, 6, 8, 8]],
    ['torch.diagonal(x, dim1=1, dim2=2)', [2, 6]],
    ['torch.hstack([v, v])', [12]],
    ['x.unfold(dimension=1, size=2, step=2)', [2, 3, 8, 2]],
    ['x.unfold(1, size=2, step=2)', [2, 3, 8, 2]],
    ['torch.arange(end=5)', [5]],
    ['torch.cat([torch.empty(0), x, torch.empty(0), x], dim=1)', [2, 12, 8]],
    ['torch.cat([v, torch.empty(0)])', [6]],
    ['x if torch.jit.isinstance(x, torch.Tensor) else v', [2, 6, 8]],
    ['x[-1] if torch.jit.isinstance(x, List[torch.Tensor]) else x', [2, 6, 8]],
    ['torch.multinomial(x[0], num_samples=3)', [6, 3]],
    ['torch.broadcast_tensors(x, v[:, None])[1]', [2, 6, 8]],
    ['torch.count_nonzero(x, dim=1)', [2, 8]],
    ['x.kthvalue(2, dim=-1)[0]', [2, 6]],
    ['x.max(-1).values', [2, 6]],
    ['torch.topk(x, k=3, dim=1).indices', [2, 3, 8]],
    ['nn.BatchNorm2d(5).running_var', [5]],
    ['x.masked_scatter(mask, x)', [2, 6, 8]],
    ['torch.from_numpy(np.eye(3).flatten().astype(np.float32)).view(1, 9).repeat(4, 1)', [4, 9]],
    ['Variable(x)', [2, 6, 8]],
    ['Normal(x, 1.0).rsample()', [2, 6, 8]],
    ['Normal(loc=v, scale=v.exp()).sample((5, 3))', [5, 3, 6]],
    ['Bernoulli(logits=v).log_prob(x.mT)', [2, 8, 6]],
    ['torch.distributions.kl_divergence(Normal(v, v), Normal(v, v))', [6]],
  ])('%s', (expression, shape) => {
    expect(shapeOf(expression)).toEqual(shape);
  });

  it.each([
    ["rearrange(x, 'b (h c) w -> (b w) h c', h=3)", [16, 3, 2]],
    ["rearrange(x, 'b c w -> b (c w) ()')", [2, 48, 1]],
    ["rearrange([x, x, x], 'n b ... -> b n ...')", [2, 3, 6, 8]],
    ["rearrange(x, 'b ... -> b (...)')", [2, 48]],
    ["rearrange(x, 'b c (w1 w2) -> b w2 (w1 c)', w2=2)", [2, 2, 24]],
    ["repeat(v, 'n -> b n c', b=4, c=2)", [4, 6, 2]],
    ["repeat(torch.zeros(1, 1, 5), '1 1 d -> b 1 d', b=3)", [3, 1, 5]],
    ["reduce(x, 'b c (w k) -> b c w', 'max', k=4)", [2, 6, 2]],
    ["einsum(x, x, 'batch one d, batch two d -> batch one two')", [2, 6, 6]],
    ["rearrange(x, '... c w -> ... w c', **{k: n for k, n in parse_shape(x, '_ c _').items()})", [2, 8, 6]],
    ["nn.Sequential(Rearrange('b c w -> b w c'), nn.Linear(6, 5), Reduce('b w d -> b d', 'mean'))(x)", [2, 5]],
  ])('of einops: %s', (expression, shape) => {
    expect(shapeOf(expression)).toEqual(shape);
  });

  it('packed sequences are as long as the longest', () => {
    const code = (first: string): string => `(lambda packed: nn.utils.rnn.pad_packed_sequence(
            nn.LSTM(8, 5, ${first})(packed)[0], ${first})[0])(nn.utils.rnn.pack_padded_sequence(x, v, ${first}))`;
    expect(shapeOf(code('batch_first=True'))).toEqual([2, 6, 5]);
  });

  it('weights of a recurrent layer may be put in one piece at any time', () => {
    expect(shapeOf('(lambda lstm: (lstm.flatten_parameters(), lstm(x)[0])[1])(nn.LSTM(8, 5))')).toEqual([2, 6, 5]);
  });
});
