/**
 * Speed of reading Python model files:
 *
 *     npx esbuild bench/source.ts --bundle --platform=node --outfile=dist/benchSource.js && node dist/benchSource.js [--json]
 *
 * The aims: the first full evaluation of torchvision's resnet.py below 150 ms, and hints within 50 ms of a keystroke in a file
 * of 2,000 lines. Times are processor time, which other work on the machine lengthens less than the clock; a loop of known length
 * beside it tells how fast the machine is right now.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { analyzeSource, AnalysisMemory } from '../src/source/analyze';

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
  let sum = 0;
  const time = processorMs(() => {
    for (let at = 0; at < 3e8; at++) sum = (Math.imul(sum, 31) + at) | 0;
  });
  return sum === 1 ? 0 : time;
}

const script = 'import torchvision, sys; sys.stdout.write(torchvision.__file__)';
const models = join(dirname(execFileSync('/usr/bin/python3', ['-c', script], { encoding: 'utf8' })), 'models');
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

const loopBefore = loopMs();
const resnet = join(models, 'resnet.py');
const first = processorMs(() => analyzeSource(resnet, reader(new Map())));
const again = median(Array.from({ length: 9 }, () => processorMs(() => analyzeSource(resnet, reader(new Map())))));

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
let long = reader(new Map()).read(resnet) ?? '';
for (let at = 0; long.split('\n').length < 2000; at++) long += small(at);
const path = join(models, 'long.py');
const memory = new AnalysisMemory();
analyzeSource(path, reader(new Map([[path, long]])), {}, memory);
function keystrokes(place: number, typed: readonly string[]): number {
  return median(
    typed.map((digits) => {
      const edited = long.slice(0, place) + digits + long.slice(place);
      return processorMs(() => analyzeSource(path, reader(new Map([[path, edited]])), {}, memory));
    }),
  );
}
const digits = Array.from({ length: 15 }, (_, at) => String(at % 5));
const inSmall = keystrokes(long.indexOf('kernel_size=3', long.indexOf('class Small30')) - 2, digits);
const inShared = keystrokes(long.indexOf('"""3x3 convolution with padding"""') + 6, digits);
const result = {
  loopMs: Math.round((loopBefore + loopMs()) / 2),
  resnetFirstMs: Math.round(first),
  resnetAgainMs: Math.round(again),
  lines: long.split('\n').length,
  keystrokeInOneModelMs: Math.round(inSmall),
  keystrokeInSharedHelperMs: Math.round(inShared),
};
process.stdout.write(
  process.argv.includes('--json')
    ? `${JSON.stringify(result)}\n`
    : `${Object.entries(result)
        .map(([name, value]) => `${name.padEnd(28)}${value}`)
        .join('\n')}\n`,
);
