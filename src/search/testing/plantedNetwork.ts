import { svd } from '../../methods/svd/svd';
import { makeModel, randomTensor } from '../../methods/testing/models';
import { layersOf } from '../../onnx/layers';
import { inferShapes } from '../../runtime/shapes';
import { Random } from '../../tensor/random';
import { float32, type Tensor } from '../../tensor/tensor';
import { stepInput } from '../../training/objective';
import { meanSquaredError } from '../../training/objectives/meanSquaredError';
import type { SearchData } from '../haloc';
import type { SearchTask } from '../lossRise';
import { buildSpace, type SearchSite, type SearchSpace } from '../sites';

export const width = 32;
export const batch = 64;

/** What is added to the planted ranks: a larger rank is a little better, as in real networks. */
const tail = 0.02;

export interface PlantedNetwork {
  readonly task: SearchTask;
  readonly search: SearchSpace;
  readonly data: SearchData;
  readonly calibration: readonly Readonly<Record<string, Tensor>>[];
}

/**
 * Two linear layers of width 32 with true ranks 4 and 16 (docs/haloc.md, Checks), their answers to random inputs as targets.
 * @param ranks candidate ranks, keep not counted
 * @param costOf MACs of the choices of both layers: of a rank, of keep as rank 32
 * @param activation operator between them
 */
export async function plantedNetwork(
  ranks: readonly number[],
  costOf: (rank: number) => number,
  activation = 'Relu',
): Promise<PlantedNetwork> {
  const random = Random.of('planted network');
  const model = makeModel({
    x: [batch, width],
    weights: { first: lowRank(4, random), second: lowRank(16, random) },
    nodes: [
      { op: 'MatMul', inputs: ['x', 'first'], output: 'h', name: 'layer4' },
      { op: activation, inputs: ['h'], output: 'a', name: 'activation' },
      { op: 'MatMul', inputs: ['a', 'second'], output: 'y', name: 'layer16' },
    ],
  });
  const layers = layersOf(model, await inferShapes(model));
  const statuses = layers.map((layer) => svd.site(model, layer));
  const built = await buildSpace(model, statuses, {
    dense: { macs: 2 * costOf(width), params: 2 * width ** 2, bytes: 8 * width ** 2 },
    methodOf: () => svd,
  });
  const space = {
    ...built.space,
    sites: built.sites.map(({ site, factors }: SearchSite, i) => ({
      ...built.space.sites[i],
      choices: [...ranks, width].map((rank) => {
        const choice = rank === width ? { kind: 'keep' as const } : { kind: 'rank' as const, rank };
        const macs = costOf(rank);
        return { choice, macs, params: macs, bytes: macs, error: svd.relativeError(site, factors, choice) ** 2 };
      }),
    })),
  };
  const batchOf = (label: string): Record<string, Tensor> => {
    const x = randomTensor([batch, width], random.split(label));
    return {
      x,
      [stepInput.target]: answers(
        x,
        model.graph.weights.get('first')!.tensor(),
        model.graph.weights.get('second')!.tensor(),
      ),
    };
  };
  const stepsPerEpoch = 40;
  return {
    task: { model, objective: meanSquaredError(), batch },
    search: { space, sites: built.sites },
    data: {
      stepsPerEpoch,
      *epoch(epoch, skip) {
        for (let step = skip; step < stepsPerEpoch; step++) yield batchOf(`${epoch}/${step}`);
      },
    },
    calibration: [batchOf('calibration 0'), batchOf('calibration 1')],
  };
}

/** A width x width matrix of a rank with equal weight in each direction, plus the tail. */
function lowRank(rank: number, random: Random): Tensor<Float32Array> {
  const left = randomTensor([width, rank], random).data;
  const right = randomTensor([rank, width], random).data;
  const noise = randomTensor([width, width], random).data;
  const scale = 1 / Math.sqrt(rank * width);
  return float32(
    [width, width],
    noise.map((value, at) => {
      const [i, j] = [Math.floor(at / width), at % width];
      let sum = 0;
      for (let k = 0; k < rank; k++) sum += left[i * rank + k] * right[k * width + j];
      return sum * scale + (tail * value) / Math.sqrt(width);
    }),
  );
}

/** relu(x first) second. */
function answers(x: Tensor, first: Tensor, second: Tensor): Tensor<Float32Array> {
  const hidden = product(x, first).map((value) => Math.max(0, value));
  return float32([batch, width], product(float32([batch, width], hidden), second));
}

function product(a: Tensor, b: Tensor): Float32Array {
  const result = new Float32Array(batch * width);
  for (let i = 0; i < batch; i++) {
    for (let j = 0; j < width; j++) {
      let sum = 0;
      for (let k = 0; k < width; k++) sum += Number(a.data[i * width + k]) * Number(b.data[k * width + j]);
      result[i * width + j] = sum;
    }
  }
  return result;
}
