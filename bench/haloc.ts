/**
 * HALOC against every baseline on CIFAR-10: a table with a row for each network, method and target.
 *
 *     npm run -s bench:haloc -- PHASE... --work DIR [--only REGEX] [--list]
 *
 * Phases, in this order: `table` (latency table; quiet machine), `rises` (of the loss, once for all rows), `search` and
 * `finetune` (beside other work), `measure` (latency of the finished files; quiet machine), `render` (JSON, page and picture
 * from what there is). Every row is a run folder under DIR/rows and goes on where it stopped: rows that are done are skipped,
 * a killed search or training goes on from its last checkpoint. Options that decide figures are kept with the row, and another
 * value is refused.
 */
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { reportFailure } from '../src/cli/failure';
import { ProgressDisplay } from '../src/cli/progress';
import { describeEnvironment } from '../src/hardware/environment';
import { writeFileAtomic } from '../src/onnx/atomicFile';
import type { RunContext } from '../src/runs/progress';
import { parseHalocSettings } from '../src/search/halocSettings';
import { renderMarkdown } from './haloc/markdown';
import { measureNetwork, measureTable } from './haloc/measure';
import { renderPicture } from './haloc/picture';
import { collect } from './haloc/results';
import { measureAllRises } from './haloc/rises';
import { isDone, rowPhases, workOn, type RowPhase } from './haloc/row';
import { isControl, networks, rowsOf, trialNetworks, type Row } from './haloc/rows';
import type { BenchOptions } from './haloc/workspace';

const phases = ['table', 'rises', 'search', 'finetune', 'measure', 'render'] as const;
type Phase = (typeof phases)[number];

const root = join(__dirname, '..');
const shared = process.env.LAYERWISE_DATA ?? join(root, '..', 'shared');

interface Request {
  readonly options: BenchOptions;
  readonly phases: readonly Phase[];
  readonly rows: readonly Row[];
  readonly results: string;
  readonly list: boolean;
  /** Set in the child that does one phase of one row. */
  readonly only?: { readonly row: Row; readonly phase: RowPhase };
}

function requestOf(args: readonly string[]): Request {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      work: { type: 'string', default: join(root, 'build', 'haloc') },
      models: { type: 'string', default: join(root, 'bench', 'models') },
      data: { type: 'string', default: `cifar10:${join(shared, 'data', 'cifar10')}?train=1-3&validation=4` },
      results: { type: 'string', default: join(root, 'bench', 'results', 'haloc-cifar10') },
      only: { type: 'string', default: '' },
      trial: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      epochs: { type: 'string' },
      'search-epochs': { type: 'string' },
      samples: { type: 'string' },
      seed: { type: 'string', default: '1' },
      batch: { type: 'string', default: '128' },
      threads: { type: 'string', default: '2' },
      haloc: { type: 'string', multiple: true, default: [] },
      child: { type: 'string' },
    },
  });
  const count = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text));
  const unknown = positionals.find((word) => !(phases as readonly string[]).includes(word));
  if (unknown !== undefined || (positionals.length === 0 && !values.list)) {
    throw new RangeError(`Name phases among ${phases.join(', ')}, or --list${unknown ? `, not "${unknown}"` : ''}.`);
  }
  const pattern = new RegExp(values.only);
  const rows = rowsOf(values.trial ? trialNetworks : networks);
  const child = values.child === undefined ? undefined : rows.find(({ id }) => id === values.child);
  return {
    options: {
      work: resolve(values.work),
      models: resolve(values.models),
      data: values.data,
      seed: Number(values.seed),
      batch: Number(values.batch),
      threads: Number(values.threads),
      epochs: count(values.epochs),
      searchEpochs: count(values['search-epochs']),
      samples: count(values.samples),
      haloc: parseHalocSettings(values.haloc),
    },
    phases: phases.filter((phase) => positionals.includes(phase)),
    rows: rows.filter(({ id }) => pattern.test(id)),
    results: resolve(values.results),
    list: values.list,
    ...(child && { only: { row: child, phase: positionals[0] as RowPhase } }),
  };
}

async function main(args: readonly string[], context: RunContext): Promise<void> {
  const request = requestOf(args);
  const { options, rows } = request;
  if (request.only) {
    // A child whose parent was killed must not go on beside the next start of the same row.
    process.on('disconnect', () => process.exit(1));
    process.channel?.unref();
    return workOn(options, request.only.row, request.only.phase, context);
  }
  const chosen = [...new Set(rows.map(({ network }) => network))];
  if (request.list) list(request);
  for (const phase of request.phases) {
    if (phase === 'table') for (const network of chosen) await measureTable(options, network, context);
    else if (phase === 'rises')
      for (const network of chosen) await measureAllRises(options, network, resources(rows), context);
    else if (phase === 'measure') for (const network of chosen) await measureNetwork(options, network, context);
    else if (phase === 'render') render(request);
    else await eachRow(phase, request, args, context);
  }
}

function resources(rows: readonly Row[]): ReadonlySet<string> {
  return new Set(rows.flatMap(({ target }) => target?.resource ?? []));
}

/** One process for each row: its memory is the row's own, and one that fails does not take the others with it. */
async function eachRow(
  phase: RowPhase,
  { options, rows }: Request,
  args: readonly string[],
  context: RunContext,
): Promise<void> {
  // Controls come last: the table is whole without them.
  for (const row of rows.toSorted((a, b) => Number(isControl(a)) - Number(isControl(b)))) {
    if (context.signal.aborted) return;
    if (isDone(options, row, phase)) continue;
    context.note(`${phase}: ${row.id}`);
    const own = args.filter((arg) => !(phases as readonly string[]).includes(arg));
    const code = await run([...process.execArgv, __filename, ...own, phase, '--child', row.id], context.signal);
    if (code !== 0) {
      context.note(`${row.id} did not get through ${phase} (exit code ${code}).`);
      process.exitCode = 1;
    }
  }
}

function run(args: readonly string[], signal: AbortSignal): Promise<number> {
  return new Promise((done, failed) => {
    const child = spawn(process.execPath, args, { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
    const stop = (): void => void child.kill('SIGTERM');
    signal.addEventListener('abort', stop, { once: true });
    child.on('error', failed);
    child.on('exit', (code) => {
      signal.removeEventListener('abort', stop);
      done(code ?? 1);
    });
  });
}

function list({ options, rows }: Request): void {
  for (const row of rows) {
    const state = rowPhases.map((phase) => `${phase} ${isDone(options, row, phase) ? 'done' : 'open'}`).join(', ');
    process.stdout.write(`${row.id.padEnd(56)} ${state}\n`);
  }
}

/** All networks of the chosen rows are rendered whole, so that a part is never taken for the table. */
function render({ options, rows, results }: Request): void {
  const chosen = [...new Set(rows.map(({ network }) => network))];
  const collected = collect(options, chosen, describeEnvironment({ provider: 'cpu', threads: 1 }));
  fs.mkdirSync(dirname(results), { recursive: true });
  writeFileAtomic(`${results}.json`, `${JSON.stringify(collected, null, 2)}\n`);
  writeFileAtomic(`${results}.md`, renderMarkdown(collected));
  writeFileAtomic(`${results}.svg`, renderPicture(collected.rows));
  process.stdout.write(
    `${results}.json, .md and .svg: ${collected.rows.length} rows, ${collected.missing.length} missing\n`,
  );
}

const display = new ProgressDisplay(false);
const controller = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => controller.abort());
main(process.argv.slice(2), { signal: controller.signal, progress: display.report, note: display.note })
  .catch((error: unknown) => {
    process.exitCode = reportFailure(error, false);
  })
  .finally(() => display.done());
