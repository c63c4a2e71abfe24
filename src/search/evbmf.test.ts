import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { methodOf, statusOf } from '../methods/registry';
import { makeModel } from '../methods/testing/models';
import { layersOf } from '../onnx/layers';
import { inferShapes } from '../runtime/shapes';
import { Random } from '../tensor/random';
import { float32 } from '../tensor/tensor';
import { evbmf, evbmfRank } from './evbmf';
import fixture from './fixtures/evbmf.json';
import { buildSpace } from './sites';

describe('evbmf', () => {
  it('finds what the iterative form of the same model converges to (fixtures/makeEvbmf.py)', () => {
    for (const { singularValues, columns, rank, noiseVariance } of fixture) {
      const found = evbmf(singularValues, columns);
      expect(found.rank).toBe(rank);
      // The iteration stops a little short of its limit.
      expect(found.noiseVariance / noiseVariance).toBeCloseTo(1, 3);
    }
  });

  it('does not depend on the order of the values or on their unit', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 1e-3, max: 100, noNaN: true }), { minLength: 2, maxLength: 40 }),
        fc.integer({ min: 0, max: 200 }),
        fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
        (values, more, unit) => {
          const columns = values.length + more;
          const { rank, noiseVariance } = evbmf(values, columns);
          expect(rank).toBeGreaterThanOrEqual(0);
          expect(rank).toBeLessThan(values.length);
          expect(evbmf([...values].reverse(), columns)).toEqual({ rank, noiseVariance });
          const scaled = evbmf(
            values.map((value) => unit * value),
            columns,
          );
          expect(scaled.rank).toBe(rank);
          expect(scaled.noiseVariance / (unit ** 2 * noiseVariance)).toBeCloseTo(1, 2);
        },
      ),
    );
  });

  it('keeps everything of a matrix without noise, and nothing of an empty one', () => {
    expect(evbmf([9, 5, 3, 0, 0, 0], 12).rank).toBe(3);
    expect(evbmf([0, 0], 4)).toEqual({ rank: 0, noiseVariance: 0 });
    expect(() => evbmf([1, 1, 1], 2)).toThrow(RangeError);
  });
});

describe('evbmfRank', () => {
  it('finds the planted ranks of a convolution and of a matrix', async () => {
    const model = makeModel({
      x: [1, 24, 4, 4],
      weights: { conv: plantedKernel(20, 24, 9, 5), head: plantedKernel(10, 20, 1, 3) },
      nodes: [
        { op: 'Conv', inputs: ['x', 'conv'], output: 'c', name: 'conv', attributes: { pads: [1, 1, 1, 1] } },
        { op: 'GlobalAveragePool', inputs: ['c'], output: 'p', name: 'pool' },
        { op: 'Flatten', inputs: ['p'], output: 'f', name: 'flat' },
        { op: 'Gemm', inputs: ['f', 'head'], output: 'y', name: 'head', attributes: { transB: 1 } },
      ],
    });
    const layers = layersOf(model, await inferShapes(model));
    const { sites } = await buildSpace(model, statusOf(model, layers), {
      dense: { macs: 1, params: 1, bytes: 1 },
      methodOf,
    });
    expect(sites.map(evbmfRank)).toEqual([5, 3]);
  });
});

/** A kernel [O, I, 3, 3] (or a matrix) that reaches `rank` output channels through as many input channels, plus a little noise. */
function plantedKernel(outputs: number, inputs: number, places: number, rank: number): ReturnType<typeof float32> {
  const random = Random.of(`planted ${outputs} ${inputs}`);
  const draw = (count: number): number[] => Array.from({ length: count }, () => random.normal());
  const [u, core, v] = [draw(outputs * rank), draw(rank * rank * places), draw(inputs * rank)];
  const dims = places === 1 ? [outputs, inputs] : [outputs, inputs, 3, 3];
  const weight = float32(dims);
  for (let o = 0; o < outputs; o++) {
    for (let i = 0; i < inputs; i++) {
      for (let k = 0; k < places; k++) {
        let sum = 0.02 * random.normal();
        for (let x = 0; x < rank; x++) {
          for (let y = 0; y < rank; y++) {
            const middle = places === 1 ? Number(x === y) : core[(x * rank + y) * places + k];
            sum += u[o * rank + x] * middle * v[i * rank + y];
          }
        }
        weight.data[(o * inputs + i) * places + k] = sum;
      }
    }
  }
  return weight;
}
