/**
 * Speed of reading Python model files:
 *
 *     node esbuild.js --production && npx esbuild bench/source.ts --bundle --platform=node --outfile=dist/benchSource.js && node dist/benchSource.js [--json]
 *
 * The aims: the first evaluation of torchvision's resnet.py below 150 ms, and hints within 50 ms of a keystroke in a file of
 * 2,000 lines. What a user waits for is the model that is shown; the nine others of the file follow in slices between which the
 * editor has its turn. A process runs its first code slowly, until it is compiled: figures are of a new process without compiled
 * code, as after an installation, of one with the code that an earlier process compiled, as in any later window, and of one that
 * read another file before. Times are processor time, which other work on the machine lengthens less than the clock; in a new
 * process it counts the threads that compile as well, so that there the wait by the clock stands beside it. A loop of known
 * length tells how fast the core is right now.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type * as analyze from '../src/source/analyze';
import { CompiledScript } from '../src/extension/compiledScript';

function processorMs(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

function multiplications(start: number, count: number): number {
  let sum = start;
  for (let at = 0; at < count; at++) sum = (Math.imul(sum, 31) + at) | 0;
  return sum;
}

/**
 * Processor time of 300 million dependent multiplications, which are given four cycles each: 400 ms at 3 GHz, 300 ms at 4 GHz, on
 * a core that is left alone. The median of five, since the first can end before it is compiled.
 */
function loopMs(): number {
  return median(
    Array.from({ length: 5 }, () => {
      const { user: before } = process.cpuUsage();
      let sum = 0;
      for (let part = 0; part < 300; part++) sum = multiplications(sum, 1e6);
      const { user } = process.cpuUsage();
      // Used, so that it is not left out.
      return sum === 1 ? 0 : (user - before) / 1000;
    }),
  );
}

type Analysis = typeof analyze;
type Reader = Parameters<Analysis['analyzeSource']>[1];

const texts = new Map<string, string | undefined>();

function readerOf(overrides: ReadonlyMap<string, string>): Reader {
  return {
    read(path) {
      const own = overrides.get(path);
      if (own !== undefined) return own;
      if (!texts.has(path)) {
        try {
          texts.set(path, readFileSync(path, 'utf8'));
        } catch {
          texts.set(path, undefined);
        }
      }
      return texts.get(path);
    },
  };
}

const disk = readerOf(new Map());

/** Milliseconds of the first evaluation of a file. */
interface FirstMs {
  /** By the clock, until the analysis itself is loaded. */
  readonly load: number;
  /** By the clock after that, until the shown model is known and until all are. */
  readonly wait: number;
  readonly all: number;
  /** Processor time of the shown model, and of the slices in which the others follow: the longest and the sum. */
  readonly shown: number;
  readonly slice: number;
  readonly others: number;
}

function evaluate({ analyzeInSteps, AnalysisMemory }: Analysis, file: string): Omit<FirstMs, 'load'> {
  const start = performance.now();
  const steps = analyzeInSteps(file, disk, {}, new AnalysisMemory());
  const shown = processorMs(() => void steps.next());
  const wait = performance.now() - start;
  const slices: number[] = [];
  for (let done = false; !done;) slices.push(processorMs(() => (done = steps.next().done ?? false)));
  const all = performance.now() - start;
  return { wait, all, shown, slice: Math.max(...slices), others: slices.reduce((sum, each) => sum + each, 0) };
}

function scriptWith(codeFile: string): CompiledScript<Analysis> {
  return new CompiledScript(join(__dirname, 'analysis.js'), codeFile);
}

/** What one new process is asked for; its answer is one line of JSON. */
interface Task {
  readonly codeFile: string;
  /** Files to read in turn; the last counts. */
  readonly files: readonly string[];
  readonly keep: boolean;
}

async function answer({ codeFile, files, keep }: Task): Promise<FirstMs> {
  const start = performance.now();
  const script = scriptWith(codeFile);
  const analysis = await script.load();
  const load = performance.now() - start;
  for (const file of files.slice(0, -1)) analysis.analyzeSource(file, disk);
  const result = { load, ...evaluate(analysis, files.at(-1)!) };
  if (keep) await script.keep();
  return result;
}

function inNewProcess(task: Task): FirstMs {
  const given = JSON.stringify(task);
  return JSON.parse(
    execFileSync(process.execPath, [process.argv[1], '--task', given], { encoding: 'utf8' }),
  ) as FirstMs;
}

function medians(all: readonly FirstMs[]): FirstMs {
  const of = (key: keyof FirstMs): number => median(all.map((one) => one[key]));
  const [load, wait, ready] = [of('load'), of('wait'), of('all')];
  return { load, wait, all: ready, shown: of('shown'), slice: of('slice'), others: of('others') };
}

const processes = 9;

/** The states of a process side by side: one of each, again and again. */
function firstEvaluations(models: string): Record<'uncompiled' | 'compiled' | 'afterAnother', FirstMs> {
  const folder = mkdtempSync(join(tmpdir(), 'layerwise-bench-'));
  try {
    const [none, codeFile] = [join(folder, 'none'), join(folder, 'code')];
    const resnet = join(models, 'resnet.py');
    inNewProcess({ codeFile, files: [resnet], keep: true });
    const rounds = Array.from({ length: processes }, () => ({
      uncompiled: inNewProcess({ codeFile: none, files: [resnet], keep: false }),
      compiled: inNewProcess({ codeFile, files: [resnet], keep: false }),
      afterAnother: inNewProcess({ codeFile: none, files: [join(models, 'mobilenetv2.py'), resnet], keep: false }),
    }));
    const of = (state: keyof (typeof rounds)[0]): FirstMs => medians(rounds.map((round) => round[state]));
    return { uncompiled: of('uncompiled'), compiled: of('compiled'), afterAnother: of('afterAnother') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const small = (at: number): string => `
class Small${at}(nn.Module):
    def __init__(self, classes: int = 10) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, kernel_size=3, padding=1)
        self.conv2 = nn.Conv2d(16, 32, kernel_size=3, stride=2, padding=1)
        self.conv3 = nn.Conv2d(32, 64, kernel_size=3, stride=2, padding=1)
        self.fc = nn.Linear(64, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.relu(self.conv1(x))
        x = torch.relu(self.conv2(x))
        x = torch.relu(self.conv3(x))
        x = x.mean([2, 3])
        return self.fc(x)
`;

/** Keystrokes in a file of 2,000 lines: the networks of resnet.py with many small models after them. */
function keystrokes(
  { analyzeInSteps, analyzeSource, AnalysisMemory }: Analysis,
  models: string,
): Record<string, number> {
  let long = disk.read(join(models, 'resnet.py')) ?? '';
  for (let at = 0; long.split('\n').length < 2000; at++) long += small(at);
  const path = join(models, 'long.py');
  const memory = new AnalysisMemory();
  analyzeSource(path, readerOf(new Map([[path, long]])), {}, memory);
  /** Milliseconds after a keystroke until the shown model is known anew, and the others. */
  const typed = (place: number, first: string): { shown: number; others: number } => {
    const runs = Array.from({ length: 15 }, (_, at) => {
      const edited = `${long.slice(0, place)}${at % 5}${long.slice(place)}`;
      const steps = analyzeInSteps(path, readerOf(new Map([[path, edited]])), { first }, memory);
      const shown = processorMs(() => void steps.next());
      const others = processorMs(() => {
        while (!steps.next().done);
      });
      return { shown, others };
    });
    return { shown: median(runs.map((run) => run.shown)), others: median(runs.map((run) => run.others)) };
  };
  const inSmall = typed(long.indexOf('kernel_size=3', long.indexOf('class Small30')) - 2, 'Small30');
  const helper = long.indexOf('"""3x3 convolution with padding"""') + 6;
  const inHelper = typed(helper, 'resnet18');
  const inHelperOfLargest = typed(helper, 'resnet152');
  return {
    lines: long.split('\n').length,
    keystrokeInOneModelMs: inSmall.shown,
    keystrokeInHelperOfTenMs: inHelper.shown,
    keystrokeInHelperOfTenLargestShownMs: inHelperOfLargest.shown,
    nineOthersAfterKeystrokeInHelperMs: inHelper.others,
  };
}

function named(state: string, { load, wait, all, shown, slice, others }: FirstMs): Record<string, number> {
  return {
    [`${state}: load, ms`]: load,
    [`${state}: wait for the shown model, ms`]: wait,
    [`${state}: wait for all ten, ms`]: all,
    [`${state}: processor, shown model, ms`]: shown,
    [`${state}: processor, nine others, ms`]: others,
    [`${state}: processor, longest slice, ms`]: slice,
  };
}

async function main(): Promise<void> {
  const [option, task] = process.argv.slice(2);
  if (option === '--task') {
    process.stdout.write(JSON.stringify(await answer(JSON.parse(task) as Task)));
    return;
  }
  const script = 'import torchvision, sys; sys.stdout.write(torchvision.__file__)';
  const models = join(dirname(execFileSync('/usr/bin/python3', ['-c', script], { encoding: 'utf8' })), 'models');
  const loop = loopMs();
  const { uncompiled, compiled, afterAnother } = firstEvaluations(models);
  const analysis = await scriptWith('').load();
  const resnet = join(models, 'resnet.py');
  for (let run = 0; run < 9; run++) evaluate(analysis, resnet);
  const again = median(Array.from({ length: 9 }, () => evaluate(analysis, resnet).all));
  const result: Record<string, number> = {
    'loop of known length, ms': loop,
    ...named('new process, nothing compiled', uncompiled),
    ...named('new process, compiled before', compiled),
    ...named('after another file', afterAnother),
    'all ten again and again, ms': again,
    ...keystrokes(analysis, models),
  };
  const rounded = Object.entries(result).map(([name, value]) => [name, Math.round(value)] as const);
  process.stdout.write(
    option === '--json'
      ? `${JSON.stringify(Object.fromEntries(rounded))}\n`
      : rounded.map(([name, value]) => `${name.padEnd(62)}${value}\n`).join(''),
  );
}

void main();
