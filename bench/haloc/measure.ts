import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import type { Environment } from '../../src/protocol/environment';
import { measure, type Candidate, type Measurement } from '../../src/hardware/harness';
import { acrossSessions, medianInterval, type Interval } from '../../src/hardware/statistics';
import { writeFileAtomic } from '../../src/onnx/atomicFile';
import { openJob } from '../../src/runs/compressionJob';
import { measuringProgress, type RunContext } from '../../src/runs/progress';
import { RunFolder } from '../../src/runs/runFolder';
import { measureLatencies } from '../../src/runs/spaceStage';
import { judgedOf } from './row';
import { rowsOf, type BenchNetwork, type Row } from './rows';
import { settingsOf } from './rowSpace';
import { measuredFile, rowFolder, tableFolder, type BenchOptions, type Judged } from './workspace';

/** Numbers of threads at which the files are measured. */
export const threadCounts = [1, 2] as const;

/** Fresh processes: where memory lands moves times by some per cent. */
const sessions = 3;

/** Time for one file in one session, most of it spent on those that are slow to settle. */
const fileMs = 6_000;

/** Times of all files of a network, measured side by side. */
export interface MeasuredFiles {
  readonly threads: number;
  readonly environment: Environment;
  readonly rows: Readonly<Record<string, MeasuredRow>>;
}

export interface MeasuredRow extends Interval {
  /** Of the file that was measured. */
  readonly sha256: string;
  /** The median and its interval in each process. */
  readonly sessions: readonly Interval[];
  /** Cores that other processes used, in the loudest session. */
  readonly otherLoad: number;
}

/** Fills the latency table for a network's latency-driven rows. */
export async function measureTable(options: BenchOptions, network: BenchNetwork, context: RunContext): Promise<void> {
  const row = rowsOf([network]).find(({ target }) => target?.resource === 'latency');
  if (!row) return;
  const run = RunFolder.createOrContinue(tableFolder(options, network), settingsOf(options, row));
  const job = await openJob(run, context);
  try {
    await run.stage('latencies', () => measureLatencies(job));
  } finally {
    job.data?.dataset.close();
  }
}

/** Measures all finished files of a network interleaved, unless that has been done for just these files. */
export async function measureNetwork(options: BenchOptions, network: BenchNetwork, context: RunContext): Promise<void> {
  const files = rowsOf([network]).flatMap((row) => {
    const judged = judgedOf(options, row);
    return judged ? [{ row, judged }] : [];
  });
  if (files.length === 0) return;
  for (const threads of threadCounts) {
    const known = measuredFiles(options, network, threads);
    if (known && files.every(({ row, judged }) => known.rows[row.id]?.sha256 === judged.sha256)) continue;
    const measured = await measureFiles(options, files, threads, context);
    const path = measuredFile(options, network, threads);
    fs.mkdirSync(dirname(path), { recursive: true });
    writeFileAtomic(path, `${JSON.stringify(measured, null, 2)}\n`);
  }
}

export function measuredFiles(
  options: BenchOptions,
  network: BenchNetwork,
  threads: number,
): MeasuredFiles | undefined {
  const path = measuredFile(options, network, threads);
  return fs.existsSync(path) ? (JSON.parse(fs.readFileSync(path, 'utf8')) as MeasuredFiles) : undefined;
}

async function measureFiles(
  options: BenchOptions,
  files: readonly { readonly row: Row; readonly judged: Judged }[],
  threads: number,
  { signal, ...context }: RunContext,
): Promise<MeasuredFiles> {
  const candidates = files.map(({ row, judged }): Candidate => ({
    id: row.id,
    modelPath: join(rowFolder(options, row), judged.file),
  }));
  const perSession: Measurement[][] = [];
  for (let session = 0; session < sessions; session++) {
    perSession.push(
      await measure(candidates, {
        threads,
        signal,
        maxMs: fileMs * candidates.length,
        onProgress: measuringProgress(
          { signal, ...context },
          `measuring on ${threads} thread${threads === 1 ? '' : 's'}, process ${session + 1} of ${sessions}`,
        ),
      }),
    );
  }
  const rows = files.map(({ row, judged }, i): [string, MeasuredRow] => {
    const intervals = perSession.map((measurements) => medianInterval(measurements[i].samples));
    const otherLoad = Math.max(...perSession.map((measurements) => measurements[i].environment.otherLoad ?? 0));
    return [row.id, { ...acrossSessions(intervals), sha256: judged.sha256, sessions: intervals, otherLoad }];
  });
  return { threads, environment: perSession[0][0].environment, rows: Object.fromEntries(rows) };
}
