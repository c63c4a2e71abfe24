import type { Layer } from '../onnx/layers';
import type { Model } from '../onnx/model';
import type { Method } from './shared/method';
import type { LayerStatus, Site } from './shared/site';
import { svd } from './svd/svd';
import { tucker } from './tucker/tucker';

/** The method that acts on layers of this kind: Tucker-2 for kernels that reach over several places, SVD for the others. */
export function methodFor(layer: Layer): Method {
  const convolution = layer.op === 'Conv' || layer.op === 'ConvTranspose';
  return convolution && layer.weightDims.slice(2).some((size) => size > 1) ? tucker : svd;
}

/** The method that made a site. */
export function methodOf(site: Site): Method {
  return site.method === 'tucker' ? tucker : svd;
}

/** What can be done about each layer of a model, in the order of the layers. */
export function statusOf(model: Model, layers: readonly Layer[]): LayerStatus[] {
  return layers.map((layer) => methodFor(layer).site(model, layer));
}
