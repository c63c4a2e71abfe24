/**
 * Time and memory of opening models of 100 MB, each in a process of its own:
 *
 *     npx esbuild bench/openModel.ts --bundle --platform=node --outfile=dist/openModel.js && node dist/openModel.js [--json]
 *
 * The aim: under 0.5 s, and a process of at most 1.5 times the size of the file.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GraphBuilder } from '../src/onnx/graphBuilder';
import { readModel } from '../src/onnx/read';
import { writeModel } from '../src/onnx/write';
import { float32 } from '../src/tensor/tensor';

const megabyte = 2 ** 20;
const totalElements = (100 * megabyte) / 4;

interface Opened {
  readonly milliseconds: number;
  /** Processor time, which other work on the machine does not lengthen. */
  readonly cpuMilliseconds: number;
  /** Most memory the process ever had, and that before opening. */
  readonly peakBytes: number;
  readonly baseBytes: number;
}

/** A chain of `count` MatMuls whose weights take 100 MB together, as initializers or as Constant nodes. */
function writeSample(path: string, count: number, asConstants: boolean): void {
  const builder = new GraphBuilder();
  const side = Math.floor(Math.sqrt(totalElements / count));
  let value = builder.input('x', 'float32', ['N', side]);
  for (let i = 0; i < count; i++) {
    const data = Float32Array.from({ length: side * side }, (_, k) => k % 97);
    const tensor = float32([side, side], data);
    const weight = asConstants ? builder.op('Constant', [], { value: { tensor } }) : builder.constant(tensor);
    value = builder.op('MatMul', [value, weight]);
  }
  builder.output('y', 'float32', ['N', side], value);
  writeModel(builder.model, path);
}

/** The most memory this process ever had. What `resourceUsage` tells is inherited from the parent process on Linux. */
function peak(): number {
  const status = existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'utf8') : '';
  const kilobytes = /VmHWM:\s*(\d+) kB/.exec(status)?.[1];
  return kilobytes ? Number(kilobytes) * 1024 : process.resourceUsage().maxRSS * 1024;
}

function open(path: string): Opened {
  const baseBytes = peak();
  const cpu = process.cpuUsage();
  const start = performance.now();
  const model = readModel(path);
  const elements = [...model.graph.weights.values()].reduce((sum, weight) => sum + weight.elements, 0);
  const milliseconds = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  if (model.graph.nodes.length === 0 || elements < 0) throw new Error('The sample is empty.');
  return { milliseconds, cpuMilliseconds: (user + system) / 1000, peakBytes: peak(), baseBytes };
}

function main(): void {
  const folder = mkdtempSync(join(tmpdir(), 'layerwise-'));
  const rows = [];
  try {
    for (const [name, count, asConstants] of [
      ['one weight', 1, false],
      ['1,000 weights', 1000, false],
      ['100 Constant nodes', 100, true],
    ] as const) {
      const path = join(folder, 'sample.onnx');
      writeSample(path, count, asConstants);
      const run = spawnSync(process.execPath, [process.argv[1], '--open', path], { encoding: 'utf8' });
      if (run.status !== 0) throw new Error(run.stderr);
      const opened = JSON.parse(run.stdout) as Opened;
      rows.push({ name, fileBytes: statSync(path).size, ...opened });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(rows)}\n`);
  else
    for (const { name, fileBytes, milliseconds, cpuMilliseconds, peakBytes, baseBytes } of rows) {
      const mb = (bytes: number): string => `${Math.round(bytes / megabyte)} MB`;
      const line = `${name}: ${mb(fileBytes)} opened in ${milliseconds.toFixed(0)} ms (${cpuMilliseconds.toFixed(0)} ms of the processor)`;
      process.stdout.write(
        `${line}, process ${mb(peakBytes)} (${mb(baseBytes)} before), ${(peakBytes / fileBytes).toFixed(2)} of the file\n`,
      );
    }
}

const at = process.argv.indexOf('--open');
if (at > 0) process.stdout.write(JSON.stringify(open(process.argv[at + 1])));
else main();
