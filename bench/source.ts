/**
 * Speed of reading Python model files:
 *
 *     npx esbuild bench/source.ts --bundle --platform=node --outfile=dist/benchSource.js && node dist/benchSource.js [--json]
 *
 * The aims: the first evaluation of torchvision's resnet.py below 150 ms, and hints within 50 ms of a keystroke in a file of
 * 2,000 lines. What a user waits for is the model that is shown; the nine others of the file follow in slices between which the
 * editor has its turn. A process runs its first code slowly, until it is compiled: figures are of a new process, and of one that
 * read another file before. Times are processor time, which other work on the machine lengthens less than the clock; in a new
 * process it counts the threads that compile as well, so that there the wait by the clock stands beside it. A loop of known
 * length tells how fast the machine is right now.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { analyzeInSteps, analyzeSource, AnalysisMemory } from '../src/source/analyze';

function processorMs(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

/** Processor time of 300 million dependent multiplications: about 300 ms on a core of 3 to 4 GHz that is left alone. */
function loopMs(): number {
  const start = process.cpuUsage();
  let sum = 0;
  for (let at = 0; at < 3e8; at++) sum = (Math.imul(sum, 31) + at) | 0;
  const { user } = process.cpuUsage(start);
  return sum === 1 ? 0 : user / 1000;
}

const script = 'import torchvision, sys; sys.stdout.write(torchvision.__file__)';
/** A child is told where the models are, so that it starts no process before it measures. */
const [before, given] = process.argv.slice(2).filter((argument) => argument !== '--json');
const models = given ?? join(dirname(execFileSync('/usr/bin/python3', ['-c', script], { encoding: 'utf8' })), 'models');
const texts = new Map<string, string | undefined>();

function reader(overrides: ReadonlyMap<string, string>): { read(path: string): string | undefined } {
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

const resnet = join(models, 'resnet.py');
const disk = reader(new Map());

/**
 * Milliseconds by the clock until the shown model and until all are known, and processor time of the first, and of the slices in
 * which the others follow: the longest and the sum.
 */
function shownAndOthers(): { wait: number; all: number; shown: number; slice: number; others: number } {
  const steps = analyzeInSteps(resnet, disk, {}, new AnalysisMemory());
  const start = performance.now();
  const shown = processorMs(() => void steps.next());
  const wait = performance.now() - start;
  const slices: number[] = [];
  for (let done = false; !done;) slices.push(processorMs(() => (done = steps.next().done ?? false)));
  const all = performance.now() - start;
  return { wait, all, shown, slice: Math.max(...slices), others: slices.reduce((sum, each) => sum + each, 0) };
}

// One process for each state: the answer of a child is one line of JSON.
if (before !== undefined) {
  if (before !== 'none.py') analyzeSource(join(models, before), disk);
  process.stdout.write(JSON.stringify(shownAndOthers()));
  process.exit();
}
/** The median of several new processes, which read another file first, or none. */
function inNewProcess(file: string): ReturnType<typeof shownAndOthers> {
  const all = Array.from(
    { length: 5 },
    () =>
      JSON.parse(execFileSync(process.execPath, [process.argv[1], file, models], { encoding: 'utf8' })) as ReturnType<
        typeof shownAndOthers
      >,
  );
  const of = (key: keyof (typeof all)[0]): number => median(all.map((one) => one[key]));
  return { wait: of('wait'), all: of('all'), shown: of('shown'), slice: of('slice'), others: of('others') };
}
const loop = loopMs();
const cold = inNewProcess('none.py');
const warmed = inNewProcess('mobilenetv2.py');
for (let run = 0; run < 9; run++) shownAndOthers();
const again = median(Array.from({ length: 9 }, () => shownAndOthers()).map(({ shown, others }) => shown + others));

// A file of 2,000 lines: the network of resnet.py with many small models after it; a keystroke in one of them.
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
let long = disk.read(resnet) ?? '';
for (let at = 0; long.split('\n').length < 2000; at++) long += small(at);
const path = join(models, 'long.py');
const memory = new AnalysisMemory();
analyzeSource(path, reader(new Map([[path, long]])), {}, memory);
/** Milliseconds after a keystroke until the shown model is known anew, and the others. */
function keystrokes(place: number, first: string): { shown: number; others: number } {
  const runs = Array.from({ length: 15 }, (_, at) => {
    const edited = `${long.slice(0, place)}${at % 5}${long.slice(place)}`;
    const steps = analyzeInSteps(path, reader(new Map([[path, edited]])), { first }, memory);
    const shown = processorMs(() => void steps.next());
    const others = processorMs(() => {
      while (!steps.next().done);
    });
    return { shown, others };
  });
  return { shown: median(runs.map((run) => run.shown)), others: median(runs.map((run) => run.others)) };
}
const inSmall = keystrokes(long.indexOf('kernel_size=3', long.indexOf('class Small30')) - 2, 'Small30');
const helper = long.indexOf('"""3x3 convolution with padding"""') + 6;
const inHelper = keystrokes(helper, 'resnet18');
const inHelperOfLargest = keystrokes(helper, 'resnet152');
const result = {
  loopMs: Math.round(loop),
  waitInNewProcessMs: Math.round(cold.wait),
  waitForAllTenInNewProcessMs: Math.round(cold.all),
  shownInNewProcessMs: Math.round(cold.shown),
  nineOthersInNewProcessMs: Math.round(cold.others),
  longestSliceInNewProcessMs: Math.round(cold.slice),
  waitAfterAnotherFileMs: Math.round(warmed.wait),
  waitForAllTenAfterAnotherFileMs: Math.round(warmed.all),
  shownAfterAnotherFileMs: Math.round(warmed.shown),
  nineOthersAfterAnotherFileMs: Math.round(warmed.others),
  allTenAgainMs: Math.round(again),
  lines: long.split('\n').length,
  keystrokeInOneModelMs: Math.round(inSmall.shown),
  keystrokeInHelperOfTenMs: Math.round(inHelper.shown),
  keystrokeInHelperOfTenLargestShownMs: Math.round(inHelperOfLargest.shown),
  nineOthersAfterKeystrokeInHelperMs: Math.round(inHelper.others),
};
process.stdout.write(
  process.argv.includes('--json')
    ? `${JSON.stringify(result)}\n`
    : `${Object.entries(result)
        .map(([name, value]) => `${name.padEnd(40)}${value}`)
        .join('\n')}\n`,
);
