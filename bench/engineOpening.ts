/**
 * What a user waits for when opening large and broken models: from the start of the engine's process to each answer.
 *
 *     node esbuild.js && npx esbuild bench/engineOpening.ts --bundle --platform=node --outfile=dist/benchOpening.js && node dist/benchOpening.js
 *
 * The aim: the layers of a model of 1 GB in less than a second.
 */
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMessageConnection, IPCMessageReader, IPCMessageWriter } from 'vscode-jsonrpc/node';
import {
  detailsRequest,
  detailType,
  graphRequest,
  inspectRequest,
  knownStaircasesRequest,
  knownTimesRequest,
} from '../src/protocol/messages';
import { writeLargeExternalModel, writeLargeModel } from '../test/support/largeModel';

const repetitions = 3;

/** Milliseconds from the start of the process, by what was waited for. */
type Waits = Record<string, number>;

async function open(path: string): Promise<Waits> {
  const started = performance.now();
  const child = fork(join(__dirname, 'engine.js'), [], {
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const connection = createMessageConnection(new IPCMessageReader(child), new IPCMessageWriter(child));
  connection.listen();
  const waits: Waits = {};
  const mark = (name: string): void => void (waits[name] ??= performance.now() - started);
  try {
    const { layers } = await connection.sendRequest(inspectRequest, { path });
    mark('layers');
    const device = { provider: 'cpu', threads: 1 } as const;
    await Promise.all([
      connection.sendRequest(graphRequest, { path }).then(() => mark('graph')),
      connection.sendRequest(knownTimesRequest, { path, device }).then(() => mark('known times')),
      connection.sendRequest(knownStaircasesRequest, { path, device }).then(() => mark('known staircases')),
    ]);
    connection.onProgress(detailType, 'details', () => mark('first detail'));
    const named = [layers[0].name];
    await connection.sendRequest(detailsRequest, { path, layers: named, details: 'details' });
  } catch (error) {
    mark('error');
    process.stdout.write(`  ${(error as Error).message}\n`);
  } finally {
    connection.dispose();
    child.kill();
  }
  return waits;
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'layerwise-'));
  const at = (name: string): string => join(folder, name);
  try {
    writeLargeModel(at('gigabyte.onnx'), 16, 4096);
    writeLargeExternalModel(at('external.onnx'), 16, 4096);
    writeLargeModel(at('layers.onnx'), 2000, 64);
    writeLargeModel(at('cut.onnx'), 16, 4096);
    truncateSync(at('cut.onnx'), Math.floor(statSync(at('cut.onnx')).size / 2));
    writeFileSync(at('text.onnx'), 'These are words.\n'.repeat(100));
    for (const name of ['gigabyte', 'external', 'layers', 'cut', 'text']) {
      process.stdout.write(`${name}.onnx, ${Math.round(statSync(at(`${name}.onnx`)).size / 2 ** 20)} MB\n`);
      const all: Waits[] = [];
      for (let i = 0; i < repetitions; i++) all.push(await open(at(`${name}.onnx`)));
      for (const key of Object.keys(all[0])) {
        const times = all.map((waits) => `${Math.round(waits[key])}`).join(', ');
        process.stdout.write(`  ${key}: ${times} ms\n`);
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

void main();
