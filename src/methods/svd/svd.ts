import type { Layer } from '../../onnx/layers';
import type { Model } from '../../onnx/model';
import { matrix, sizesOf, type Matrix } from '../../tensor/matrix';
import { loopProducts, type Products } from '../../tensor/products';
import { sizeOf } from '../../tensor/tensor';
import { thinSvd } from '../../tensor/thinSvd';
import type { Choice } from '../shared/choice';
import type { Factors, Method } from '../shared/method';
import { judged, obstacle } from '../shared/obstacle';
import { breakEven, denseCost, elementBytes, type Cost, type LayerStatus, type Site } from '../shared/site';
import { applySvd } from './applySvd';
import { maskSvd } from './maskSvd';
import { matrixLayer } from './matrixLayer';

/**
 * Two factors from a truncated singular value decomposition, for 1x1 convolutions and fully connected layers, where the
 * core of a Tucker-2 would melt into a factor (docs/haloc.md, Layers).
 */
export const svd: Method = {
  id: 'svd',

  site(model: Model, layer: Layer): LayerStatus {
    const reason = obstacle(model, layer);
    if (reason) return { layer, status: 'unsupported', reason };
    const dims = layer.weightDims;
    if (layer.op !== 'Conv' && dims.length !== 2) {
      return dims.length < 2
        ? { layer, status: 'not-worthwhile', reason: 'Its weight is a vector: no rank to cut.' }
        : { layer, status: 'unsupported', reason: `Its weight is a stack of matrices (${dims.join('x')}).` };
    }
    const { output, inputs: input } = matrixLayer(model, layer.name);
    const fullRank = Math.min(output, input);
    const breakEvenRank = breakEven(layer, fullRank, (rank) => factoredCost(layer, rank).macs);
    return judged({ layer, method: 'svd', fullRank, breakEvenRank }, { input, output });
  },

  async factors(model: Model, site: Site, products: Products = loopProducts): Promise<Factors> {
    return balanced(matrixLayer(model, site.layer.name).matrix(), products);
  },

  // The truncated decomposition is the best approximation of its rank (Eckart and Young): there is nothing to refit.
  fit: (model: Model, site: Site, _rank: number, products?: Products): Promise<Factors> =>
    svd.factors(model, site, products),

  relativeError(_site: Site, { u, v, energy, residual }: Factors, choice: Choice): number {
    if (choice.kind === 'keep' || energy === 0) return 0;
    const [us, vs] = [columnEnergies(u), columnEnergies(v)];
    return Math.sqrt((residual + sum(us.map((value, k) => (k < choice.rank ? 0 : value * vs[k])))) / energy);
  },

  cost: ({ layer }: Site, choice: Choice): Cost =>
    choice.kind === 'keep' ? denseCost(layer) : factoredCost(layer, choice.rank),

  apply: applySvd,
  masked: maskSvd,
};

/** Complete factors of a matrix `W: [O, I]`, `W = u vᵀ`, with the square root of each singular value in either side. */
export async function balanced(weight: Matrix, products: Products = loopProducts): Promise<Factors> {
  const { u, s, v } = await thinSvd(weight, products);
  const roots = s.map(Math.sqrt);
  return { u: scaledColumns(u, roots), v: scaledColumns(v, roots), energy: sum(s.map((x) => x * x)), residual: 0 };
}

/** Every place that meets the O x I matrix meets the r x I and the O x r one instead. */
function factoredCost(layer: Layer, rank: number): Cost {
  const [rows, columns] = layer.weightDims;
  const factored = Math.min(rank, rows, columns) * (rows + columns);
  const dense = sizeOf(layer.weightDims);
  const params = layer.params - dense + factored;
  return { macs: (layer.macs / dense) * factored, params, bytes: params * elementBytes(layer) };
}

function scaledColumns(a: Matrix, factors: Float64Array): Matrix {
  const [rows, columns] = sizesOf(a);
  const scaled = a.data.map((value, at) => value * factors[at % columns]);
  return matrix(rows, columns, scaled);
}

/** Squared length of each column. */
function columnEnergies(a: Matrix): Float64Array {
  const [, columns] = sizesOf(a);
  const energies = new Float64Array(columns);
  for (const [at, value] of a.data.entries()) energies[at % columns] += value * value;
  return energies;
}

const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);
