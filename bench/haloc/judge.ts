import { statSync } from 'node:fs';
import { batches } from '../../src/data/batches';
import { sampleSize, type Split } from '../../src/data/dataset';
import type { Preprocessing } from '../../src/data/preprocessing';
import { modelTotals } from '../../src/onnx/layers';
import { readModel } from '../../src/onnx/read';
import { modelLayers } from '../../src/runs/modelLayers';
import { fileDigest } from '../../src/runs/settings';
import { Session } from '../../src/runtime/session';
import { BatchFeeder } from '../../src/training/batchFeeder';
import type { Judged } from './workspace';

const batch = 100;

/** Runs the very file of a row on every validation sample. */
export async function judge(
  path: string,
  split: Split,
  preprocessing: Preprocessing,
  threads: number,
): Promise<Omit<Judged, 'file'>> {
  const right = await rightAnswers(path, split, preprocessing, threads);
  const model = readModel(path);
  const [input] = model.graph.inputs;
  const { layers } = await modelLayers(model, { [input.name]: [1, ...split.sample.dims] });
  const { macs, params } = modelTotals(model, layers);
  return {
    sha256: fileDigest(path),
    accuracy: (100 * right.filter(Boolean).length) / right.length,
    samples: right.length,
    right: right.map(Number).join(''),
    macs,
    params,
    bytes: statSync(path).size,
  };
}

async function rightAnswers(
  path: string,
  split: Split,
  preprocessing: Preprocessing,
  threads: number,
): Promise<boolean[]> {
  const session = await Session.create(path, { threads });
  const feeder = await BatchFeeder.create(split.sample, preprocessing, session.inputs[0], undefined, threads);
  const right: boolean[] = [];
  try {
    const [output] = session.outputs;
    for (const { x, labels } of batches(split, { size: batch })) {
      const n = x.length / sampleSize(split.sample);
      const { input } = await feeder.feed(x, n);
      const logits = (await session.run({ [session.inputs[0].name]: input }))[output.name];
      const classes = logits.dims[1];
      for (let i = 0; i < n; i++) {
        const own = Array.from({ length: classes }, (_, c) => Number(logits.data[i * classes + c]));
        right.push(own.indexOf(Math.max(...own)) === labels[i]);
      }
    }
  } finally {
    await feeder.dispose();
    await session.dispose();
  }
  return right;
}
