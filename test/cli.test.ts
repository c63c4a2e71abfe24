import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeSmallTask, type SmallTask } from './support/smallTask';

const cli = join(import.meta.dirname, '..', 'dist', 'cli.js');
const folder = mkdtempSync(join(tmpdir(), 'layerwise-cli-'));
let task: SmallTask;

interface Outcome {
  readonly code: number | null;
  readonly stderr: string;
  /** The last line of standard output. */
  readonly json: Record<string, unknown>;
}

async function run(...args: string[]): Promise<Outcome> {
  const child = spawn(process.execPath, [cli, ...args, '--json'], {
    cwd: folder,
    env: { ...process.env, LAYERWISE_CACHE: join(folder, 'cache') },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  const last = stdout.trimEnd().split('\n').at(-1) ?? '';
  return { code, stderr, json: last.startsWith('{') ? (JSON.parse(last) as Record<string, unknown>) : {} };
}

beforeAll(() => {
  task = makeSmallTask(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('commands', () => {
  it('trains, inspects, evaluates, compresses, compares and applies', async () => {
    const trained = await run(
      'train',
      task.model,
      '--data',
      task.data,
      '--epochs',
      '4',
      '--rate',
      '0.05',
      '--batch',
      '64',
      '--out',
      'trained.onnx',
    );
    expect(trained).toMatchObject({ code: 0, json: { metric: 'accuracy', epochs: 4 } });
    expect(trained.json.value).toBeGreaterThan(90);

    const inspected = await run('inspect', 'trained.onnx');
    expect(inspected.json).toMatchObject({ totals: { macs: 1_511_552 } });

    const compressed = await run(
      ...['compress', 'trained.onnx', '--data', task.data, '--macs', '0.5x', '--batch', '64'],
      ...['--search-epochs', '1', '--epochs', '1', '--run', 'run'],
    );
    expect(compressed.code).toBe(0);
    expect(['accepted', 'fell-back']).toContain(compressed.json.verdict);
    const { model, plan, report, before, after } = compressed.json as Record<string, string> & {
      before: { metric: number; macs: number };
      after: { metric: number; macs: number };
    };
    for (const path of [model, plan, report]) expect(existsSync(path)).toBe(true);
    expect(after.macs).toBeLessThanOrEqual(compressed.json.verdict === 'accepted' ? 0.5 * before.macs : before.macs);

    const evaluated = await run('evaluate', model, '--data', task.data);
    expect(evaluated.json).toMatchObject({ metric: 'accuracy', value: after.metric });

    const applied = await run('apply', 'trained.onnx', '--plan', plan, '--out', 'applied.onnx');
    expect(applied.json).toMatchObject({ after: { macs: expect.any(Number) as number } });
    expect((applied.json.after as { macs: number }).macs).toBeLessThanOrEqual(0.5 * before.macs);

    const listed = await run('runs', 'list', '--folder', folder);
    expect(listed.json.runs).toHaveLength(1);
    expect((await run('runs', 'show', 'run')).json).toMatchObject({ version: 1, gates: expect.any(Array) as unknown });
  }, 300_000);

  it('compresses from the weights alone and says that accuracy is not verified', async () => {
    const { code, json } = await run('compress', task.model, '--params', '0.5x', '--run', 'weights-only');
    expect(code).toBe(0);
    expect(json.before).not.toHaveProperty('metric');
    expect(readFileSync(json.report as string, 'utf8')).toContain('"search": "knapsack"');
  }, 120_000);

  it('tells the speed-up of a model over itself as one', async () => {
    const { json } = await run('compare', task.model, task.model);
    expect(json).toMatchObject({ agreement: 1 });
    const { low, high } = json.speedup as { low: number; high: number };
    expect(low).toBeLessThan(1.2);
    expect(high).toBeGreaterThan(0.8);
  }, 120_000);
});

describe('bad input gets a sentence, a hint and an exit code, and changes nothing', () => {
  const refused = async (args: () => string[], says: RegExp): Promise<void> => {
    const before = readdirSync(folder, { recursive: true }).length;
    const { code, stderr, json } = await run(...args());
    expect(code).toBe(2);
    expect(json.error).toMatch(says);
    expect(json.hint).toBeTruthy();
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(readdirSync(folder, { recursive: true })).toHaveLength(before);
  };

  beforeAll(() => {
    writeFileSync(join(folder, 'text.onnx'), 'this is not a model');
    writeFileSync(join(folder, 'cut.onnx'), readFileSync(task.model).subarray(0, 5000));
    mkdirSync(join(folder, 'empty'));
  });

  it('a file that is no model', () => refused(() => ['inspect', 'text.onnx'], /text\.onnx is not/));
  it('a truncated model', () => refused(() => ['inspect', 'cut.onnx'], /cut\.onnx is not a whole ONNX model/));
  it('a missing file', () => refused(() => ['inspect', 'missing.onnx'], /no file/));
  it('a folder in place of a file', () => refused(() => ['compress', 'empty', '--macs', '0.5x'], /is a folder/));
  it('no budget', () => refused(() => ['compress', task.model], /no budget/));
  it('a budget that can not be read', () => refused(() => ['compress', task.model, '--macs', 'small'], /"small"/));
  it('a data set of an unknown format', () =>
    refused(() => ['compress', task.model, '--macs', '0.5x', '--data', 'mnist'], /mnist/));
  it('a data set that is not there', () =>
    refused(() => ['evaluate', task.model, '--data', 'cifar10:nowhere'], /nowhere/));
  it('data of another shape', () => refused(() => ['evaluate', task.model, '--data', 'fashion-mnist'], /28/));
  it('an output that is there already', () =>
    refused(() => ['compress', task.model, '--macs', '0.5x', '--out', 'text.onnx'], /exists already/));
  it('a plan that does not fit', () => {
    const sites = { nothing: { method: 'tucker', choice: { rank: 4 } } };
    const plan = { version: 1, model: { name: 'x', sha256: '0'.repeat(64) }, sites };
    writeFileSync(join(folder, 'plan.json'), JSON.stringify(plan));
    return refused(() => ['apply', task.model, '--plan', 'plan.json', '--out', 'never.onnx'], /"nothing"/);
  });
  it('a budget that can not be met', () =>
    refused(() => ['compress', task.model, '--macs', '0.001x', '--run', 'unmet'], /budget/));
  it.skipIf(process.getuid?.() === 0)('a folder that can not be written', () => {
    mkdirSync(join(folder, 'locked'));
    chmodSync(join(folder, 'locked'), 0o500);
    return refused(() => ['compress', task.model, '--macs', '0.5x', '--run', 'locked/run'], /can't be written/);
  });
});
