import { describe, expect, it } from 'vitest';
import { analyzeSource } from '../analyze';
import type { SourceModel } from '../sourceModel';

function modelOf(text: string): SourceModel {
  const analysis = analyzeSource('/w/model.py', { read: (path) => (path === '/w/model.py' ? text : undefined) });
  expect(analysis.models.map(({ failure }) => failure)).toEqual([undefined]);
  return analysis.models[0];
}

describe('a subclass', () => {
  const code = (example: string): string => `
import keras
from keras import layers
class Scale(layers.Layer):
    def build(self, input_shape):
        self.gain = self.add_weight(shape=(input_shape[-1],), name='gain')
    def call(self, x):
        return x * self.gain
class Block(layers.Layer):
    def __init__(self, width):
        super().__init__()
        self.mlp = keras.Sequential([layers.Dense(width * 2), layers.Dense(width)])
        self.scale = Scale()
    def call(self, x):
        return self.scale(x + self.mlp(x))
class Net(keras.Model):
    def __init__(self, width=24):
        super().__init__()
        self.block = Block(width)
        self.head = layers.Dense(5)
    def call(self, x):
        return self.head(self.block(x))
if __name__ == '__main__':
    net = Net()
    ${example}
`;

  it.each(['net.build((None, 24))', 'net.build(input_shape=(None, 24))', 'net(keras.ops.zeros((2, 24)))'])(
    'shows its input in %s',
    (example) => {
      const model = modelOf(code(example));
      expect([model.inputs, model.output, model.totals.params, model.unknown]).toEqual([
        [[1, 24]],
        [1, 5],
        24 * 48 + 48 + 48 * 24 + 24 + 24 + 24 * 5 + 5,
        [],
      ]);
    },
  );

  it('has the weights of the input that fits, after others were tried', () => {
    const model = modelOf(`
import keras
from keras import layers
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.first = layers.Dense(1)
        self.flat = layers.Reshape((28 * 28,))
        self.head = layers.Dense(5)
    def call(self, x):
        return self.head(self.flat(self.first(x)))
`);
    // 224 x 224 and 32 x 32 of three channels do not fit.
    expect([model.inputs, model.layers.map(({ params }) => params)]).toEqual([[[1, 28, 28, 1]], [2, 3925]]);
  });
});
