import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';

const cli = join(import.meta.dirname, '..', 'dist', 'cli.js');
const checkpoints = join(import.meta.dirname, 'fixtures', 'checkpoints');
const folder = mkdtempSync(join(tmpdir(), 'layerwise-rewrite-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const net = `from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(20, 10)

    def forward(self, x):
        return self.fc(x)
`;
const plan = {
  version: 1,
  model: { name: 'net.onnx', sha256: '0'.repeat(64) },
  sites: { '/fc/Gemm': { method: 'svd', choice: { rank: 3 } } },
};

function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [cli, ...args], { cwd: folder, encoding: 'utf8' });
}

it('prints a change that git applies, as JSON and as new code', () => {
  writeFileSync(join(folder, 'net.py'), net);
  writeFileSync(join(folder, 'plan.json'), JSON.stringify(plan));
  const written = run('rewrite', 'net.py', '--plan', 'plan.json', '--out', 'small.py', '--json');
  expect(JSON.parse(written.stdout)).toMatchObject({
    entry: 'Net',
    form: 'calls',
    layers: [{ site: '/fc/Gemm', path: 'fc', method: 'svd', rank: 3 }],
    out: 'small.py',
  });
  expect(readFileSync(join(folder, 'net.py'), 'utf8')).toBe(net);
  const { stdout } = run('rewrite', 'net.py', '--plan', 'plan.json');
  execFileSync('git', ['apply'], { cwd: folder, input: stdout });
  const rewritten = readFileSync(join(folder, 'net.py'), 'utf8');
  expect(rewritten).toBe(readFileSync(join(folder, 'small.py'), 'utf8'));
  expect(rewritten).toContain('nn.Linear(20, 3, bias=False)');
});

it('prints a plan as a module', () => {
  writeFileSync(join(folder, 'plan.json'), JSON.stringify(plan));
  expect(run('plan-to-torch', 'plan.json').stdout).toContain('PLAN = {\n    "fc": 3,\n}');
});

it('refuses a checkpoint that would run code, and leaves no weights behind', () => {
  writeFileSync(join(folder, 'net.py'), net);
  writeFileSync(join(folder, 'plan.json'), JSON.stringify(plan));
  const evil = join(checkpoints, 'system.pt');
  const { status, stderr } = run(
    ...['rewrite', 'net.py', '--plan', 'plan.json', '--checkpoint', evil, '--out-weights', 'out.safetensors'],
  );
  expect([status, stderr]).toEqual([2, expect.stringMatching(/error: .*posix\.system[^]*hint: /)]);
  expect(run('rewrite', 'net.py', '--plan', 'plan.json', '--checkpoint', evil).stderr).toContain('belong together');
});
