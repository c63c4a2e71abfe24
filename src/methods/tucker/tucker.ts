import type { Layer } from '../../onnx/layers';
import type { Model } from '../../onnx/model';
import type { Products } from '../../tensor/products';
import { reshape, sizeOf } from '../../tensor/tensor';
import type { Choice } from '../shared/choice';
import { layerKernel } from '../shared/layerKernel';
import type { Factors, Method } from '../shared/method';
import { judged, obstacle } from '../shared/obstacle';
import { breakEven, denseCost, elementBytes, type Cost, type LayerStatus, type Site } from '../shared/site';
import { applyTucker } from './applyTucker';
import { hooi } from './hooi';
import { hosvd, lostEnergy, type Tucker2 } from './hosvd';
import { energyOf, type Kernel } from './kernel';
import { maskTucker } from './maskTucker';

/**
 * Tucker-2 for convolutions `W: [O, I, ...k]` without groups whose window holds more than one place (docs/haloc.md, Tucker-2): a
 * 1x1 convolution to the rank, a convolution between the ranks that carries stride, padding and dilation, and a 1x1
 * convolution to the output channels. Both ranks are the choice's, limited by what the kernel's sides can have.
 */
export const tucker: Method = {
  id: 'tucker',

  site(model: Model, layer: Layer): LayerStatus {
    const reason = obstacle(model, layer);
    if (reason) return { layer, status: 'unsupported', reason };
    const [output, input, ...k] = layer.weightDims;
    const window = sizeOf(k);
    const fullRank = Math.max(Math.min(output, input * window), Math.min(input, output * window));
    const breakEvenRank = breakEven(layer, fullRank, (rank) => factoredCost(layer, rank).macs);
    return judged({ layer, method: 'tucker', fullRank, breakEvenRank }, { input, output });
  },

  async factors(model: Model, site: Site, products?: Products): Promise<Factors> {
    const weight = layerKernel(model, site.layer.name).read();
    return fitted(weight, await hosvd(weight, products), 0);
  },

  async fit(model: Model, site: Site, rank: number, products?: Products): Promise<Factors> {
    const weight = layerKernel(model, site.layer.name).read();
    const result = await hooi(weight, rank, products);
    return fitted(weight, result, Math.max(0, energyOf(weight) - energyOf(result.core)));
  },

  relativeError(_site: Site, { core, energy, residual }: Factors, choice: Choice): number {
    if (choice.kind === 'keep' || energy === 0 || !core) return 0;
    return Math.sqrt((residual + lostEnergy(core, choice.rank)) / energy);
  },

  cost: ({ layer }: Site, choice: Choice): Cost =>
    choice.kind === 'keep' ? denseCost(layer) : factoredCost(layer, choice.rank),

  apply: applyTucker,
  masked: maskTucker,
};

function fitted(weight: Kernel, { u, core, v }: Tucker2, residual: number): Factors {
  const shaped = reshape(core, [core.dims[0], core.dims[1], ...weight.dims.slice(2)]);
  return { u, core: shaped, v, energy: energyOf(weight), residual };
}

/**
 * docs/haloc.md, Cost: the first convolution runs at the input's size, the other two at the output's. The kernel's ranks limit
 * the factors: ro = min(r, O, I K), ri = min(r, I, O K).
 */
function factoredCost(layer: Layer, rank: number): Cost {
  const [output, input, ...k] = layer.weightDims;
  const window = sizeOf(k);
  const ro = Math.min(rank, output, input * window);
  const ri = Math.min(rank, input, output * window);
  const places = { input: sizeOf(layer.inputDims.slice(2)), output: sizeOf(layer.outputDims.slice(2)) };
  const [v, core, u] = [input * ri, window * ri * ro, ro * output];
  const params = layer.params - sizeOf(layer.weightDims) + v + core + u;
  return {
    macs: places.input * v + places.output * (core + u),
    params,
    bytes: params * elementBytes(layer),
  };
}
