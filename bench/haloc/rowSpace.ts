import { namedPreprocessing } from '../../src/data/preprocessing';
import { methodOf } from '../../src/methods/registry';
import { modelTotals } from '../../src/onnx/layers';
import type { CompressionJob } from '../../src/runs/compressionJob';
import { fileDigest, type CompressSettings } from '../../src/runs/settings';
import { spaceOf as latencySpace, type Latencies } from '../../src/runs/spaceStage';
import { RuntimeProducts } from '../../src/runtime/products';
import { buildSpace, type SearchSpace } from '../../src/search/sites';
import type { Row } from './rows';
import { existing, missing, modelPath, searchEpochs, tableFolder, tuningEpochs, type BenchOptions } from './workspace';

/** The settings of a row, which are those of a compression: its search is the product's own. */
export function settingsOf(options: BenchOptions, row: Row): CompressSettings {
  const { network, method, target } = row;
  const model = modelPath(options, network);
  return {
    version: 1,
    kind: 'compress',
    model,
    sha256: fileDigest(model),
    data: options.data,
    preprocessing: namedPreprocessing(network.normalisation),
    inputDims: {},
    budget: target ? { resource: target.resource, text: target.budget } : { resource: 'macs', text: '1x' },
    search: method?.search ?? 'uniform',
    exclude: [network.classifier],
    pinned: {},
    device: { provider: 'cpu', threads: 1 },
    trainThreads: options.threads,
    batch: options.batch,
    ...(options.samples !== undefined && { samples: options.samples }),
    searchEpochs: searchEpochs(options, network),
    haloc: { ...options.haloc, ...(method?.search === 'haloc' && network.haloc), ...method?.haloc },
    epochs: row.tuned ? tuningEpochs(options, row) : 0,
    rate: network.rate,
    seed: options.seed,
  };
}

/** What a row may choose from, with the latencies that it rests on. */
export async function spaceOf(
  job: CompressionJob,
  options: BenchOptions,
  row: Row,
): Promise<{ search: SearchSpace; latencies: Latencies | undefined }> {
  const latencies = row.target?.resource === 'latency' ? tableOf(job, options, row) : undefined;
  const search = latencies ? await latencySpace(job, latencies) : await macsSpace(job, row.method?.everyRank ?? false);
  return { search, latencies };
}

function tableOf({ run }: CompressionJob, options: BenchOptions, row: Row): Latencies {
  const kept = run.read<Latencies>('latencies.json');
  if (kept) return kept;
  const table = existing(tableFolder(options, row.network))?.read<Latencies>('latencies.json');
  if (!table) throw missing(`The latency table of ${row.network.name}`, 'table');
  run.write('latencies.json', table);
  return table;
}

/** A space for budgets on MACs: no time is measured for it. */
async function macsSpace({ source, statuses, layers }: CompressionJob, everyRank: boolean): Promise<SearchSpace> {
  const products = new RuntimeProducts();
  try {
    const dense = modelTotals(source, layers);
    return await buildSpace(source, statuses, {
      dense,
      methodOf,
      products,
      ...(everyRank && { step: 1, ranks: Infinity }),
    });
  } finally {
    await products.dispose();
  }
}
