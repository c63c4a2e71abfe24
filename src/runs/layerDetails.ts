import { methodOf } from '../methods/registry';
import type { LayerStatus, Site } from '../methods/shared/site';
import { weightSource } from '../onnx/layerWeight';
import type { Weight } from '../onnx/weight';
import type { LayerDetail } from '../protocol/model';
import { RuntimeProducts } from '../runtime/products';
import { toFloat64 } from '../tensor/convert';
import { matrix } from '../tensor/matrix';
import type { Products } from '../tensor/products';
import { sizeOf, type Tensor } from '../tensor/tensor';
import type { OpenedModel } from './openedModel';
import { errorsByRank, leadingSingularValues, mostSingularValues, singularValuesOf, tailEnergies } from './spectrum';

/** Kernels with more rows than this are not decomposed in full: 768 take some two seconds, 2,048 a minute. */
const widestDecomposed = 768;

/** So many values of a wider kernel are looked for: a matrix of 4,096 x 4,096 then takes some seconds. */
const wideValues = 256;

/** Of weights with more elements only the zeros are counted: their float64 copies would take gigabytes. */
const mostElements = 1 << 26;

/**
 * What the choices at the layers lose and cost. Quick layers come first, so that `ready` has something to show early; the
 * result is in the order of the layers. Layers whose weight is not stored in the model have no details.
 * @param names of layers; all when left out
 */
export async function layerDetails(
  { model, statuses }: OpenedModel,
  names: readonly string[] | undefined,
  ready: (detail: LayerDetail) => void,
): Promise<LayerDetail[]> {
  const wanted = statuses.filter(({ layer }) => names?.includes(layer.name) ?? true);
  const details = new Map<string, LayerDetail>();
  const products = new RuntimeProducts();
  const quickProducts = new RuntimeProducts('float32');
  try {
    for (const status of wanted.toSorted((a, b) => work(a) - work(b))) {
      const weight = weightSource(model.graph, status.layer.weight)?.weight;
      if (!weight) continue;
      const detail = await detailOf(weight, status, { model, products, quickProducts });
      details.set(detail.layer, detail);
      ready(detail);
      await new Promise((resolve) => setImmediate(resolve));
    }
  } finally {
    await products.dispose();
    await quickProducts.dispose();
  }
  return wanted.flatMap(({ layer }) => details.get(layer.name) ?? []);
}

/** Grows with the time that a layer's decomposition takes. */
function work({ layer: { weightDims } }: LayerStatus): number {
  return sizeOf(weightDims) * Math.min(weightDims[0] ?? 1, sizeOf(weightDims.slice(1)));
}

interface Tools {
  readonly model: OpenedModel['model'];
  readonly products: Products;
  /** In float32, for what is approximate anyway. */
  readonly quickProducts: Products;
}

async function detailOf(weight: Weight, { layer, site }: LayerStatus, tools: Tools): Promise<LayerDetail> {
  const tensor = weight.tensor();
  const common = { layer: layer.name, sparsity: zeros(tensor) / Math.max(1, weight.elements) };
  if (!site) return { ...common, singularValues: await valuesAlone(tensor, tools) };
  const spectrum = await spectrumOf(site, tensor, tools);
  return {
    ...common,
    singularValues: spectrum.values.slice(0, mostSingularValues),
    byRank: {
      error: spectrum.errors,
      ...(spectrum.boundFrom !== undefined && { boundFrom: spectrum.boundFrom }),
      ...costsByRank(site),
    },
  };
}

/** Float16 and bfloat16 are held as bits, in which zero has two forms. */
function zeros({ type, data }: Tensor): number {
  const half = type === 'float16' || type === 'bfloat16';
  let count = 0;
  for (let i = 0; i < data.length; i++) {
    if (half ? (Number(data[i]) & 0x7fff) === 0 : Number(data[i]) === 0) count++;
  }
  return count;
}

interface Spectrum {
  readonly values: readonly number[];
  readonly errors: number[];
  readonly boundFrom?: number;
}

async function spectrumOf(site: Site, tensor: Tensor, { model, products, quickProducts }: Tools): Promise<Spectrum> {
  const { fullRank } = site;
  if (fullRank <= widestDecomposed && sizeOf(tensor.dims) <= mostElements) {
    const factors = await methodOf(site).factors(model, site, products);
    return { values: singularValuesOf(factors), errors: errorsByRank(factors, fullRank) };
  }
  const kernel = sizeOf(tensor.dims) <= mostElements ? toFloat64(tensor) : undefined;
  const [a, b, ...k] = tensor.dims;
  const window = sizeOf(k);
  const energy = kernel ? kernel.data.reduce((sum, value) => sum + value * value, 0) : 1;
  const leading = async (rows: number, data: Float64Array): Promise<number[]> =>
    leadingSingularValues(matrix(rows, data.length / rows, data), wideValues, quickProducts);
  // A matrix has the same singular values on either side; a kernel is cut on both, and the two losses add up at most.
  const modes: { readonly length: number; readonly values: number[] }[] = [
    { length: Math.min(a, b * window), values: kernel ? await leading(a, kernel.data) : [] },
  ];
  if (site.method === 'tucker') {
    const other = kernel && exchanged(kernel.data, a, b, window);
    modes.push({ length: Math.min(b, a * window), values: other ? await leading(b, other) : [] });
  }
  const tails = modes.map(({ length, values }) => tailEnergies(values, energy, length));
  const errors = Array.from({ length: fullRank + 1 }, (_, rank) => {
    const lost = tails.reduce((sum, tail) => sum + tail[Math.min(rank, tail.length - 1)], 0);
    return energy > 0 ? Math.sqrt(Math.min(1, lost / energy)) : 0;
  });
  const values = modes.reduce((fewer, mode) => (mode.length < fewer.length ? mode : fewer)).values;
  // The values found are at most the true ones, and the two cuts of a kernel overlap: what is told to be lost is the most
  // that can be.
  return { values, errors, boundFrom: 1 };
}

/** `[a, b, K]` as `[b, a, K]`. */
function exchanged(data: Float64Array, a: number, b: number, window: number): Float64Array {
  const result = new Float64Array(data.length);
  for (let i = 0; i < a; i++) {
    for (let j = 0; j < b; j++) {
      const from = (i * b + j) * window;
      result.set(data.subarray(from, from + window), (j * a + i) * window);
    }
  }
  return result;
}

/** Singular values of a layer that no method acts on, of the matrix that its first dimension makes. */
async function valuesAlone(tensor: Tensor, { quickProducts }: Tools): Promise<number[]> {
  const rows = tensor.dims[0] ?? 1;
  const elements = sizeOf(tensor.dims);
  if (elements === 0 || elements > mostElements || tensor.dims.length < 2) return [];
  const { data } = toFloat64(tensor);
  const side = Math.min(rows, elements / rows);
  const count = side <= mostSingularValues ? side : wideValues;
  return leadingSingularValues(matrix(rows, elements / rows, data), count, quickProducts);
}

function costsByRank(site: Site): { macs: number[]; params: number[]; bytes: number[] } {
  const costs = Array.from({ length: site.fullRank + 1 }, (_, rank) =>
    methodOf(site).cost(site, { kind: 'rank', rank }),
  );
  return {
    macs: costs.map(({ macs }) => macs),
    params: costs.map(({ params }) => params),
    bytes: costs.map(({ bytes }) => bytes),
  };
}
