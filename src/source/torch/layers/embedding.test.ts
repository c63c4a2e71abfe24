import { expect, it } from 'vitest';
import { evaluated } from '../../testing/evaluated';

it('tables of vectors that are made of a tensor, and bags of them', () => {
  expect(
    evaluated(`class Table(nn.Embedding):
    pass
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.made = Table.from_pretrained(torch.zeros(10, 3), freeze=False, padding_idx=0)
        self.read = nn.Embedding.from_pretrained(torch.load('vectors.pt'))
        self.bag = nn.EmbeddingBag(9, 3, mode='sum')
        self.made_bag = nn.EmbeddingBag.from_pretrained(embeddings=torch.rand(7, 3), mode='max')
    def forward(self, x):
        return self.made(x).sum(1) + self.bag(x) + self.made_bag(x.flatten(), torch.tensor([0])) + self.read(x).sum(1)
net = Net()
net(torch.zeros(2, 5, dtype=torch.long))
`),
  ).toEqual(['made 30 0 1x5x3', 'read  0 1x5x', 'bag 27 0 1x3', 'made_bag 21 0 1x3', 'null -> 1x3']);
});
