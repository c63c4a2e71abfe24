import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomTensor } from '../methods/testing/models';
import { analyzeSource } from '../source/analyze';
import { openCheckpoint } from '../source/checkpoints/openCheckpoint';
import { writeSafetensors } from '../source/checkpoints/writeSafetensors';
import { applyEdits } from '../source/rewrite/textEdit';
import type { SourceModel } from '../source/sourceModel';
import { Random } from '../tensor/random';
import { planAsTorchModule, rewriteSource, writeFactoredWeights } from './rewriteSource';

const text = `from torch import nn


class Net(nn.Module):
    def __init__(self, width=16):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(8, width, 3, padding=1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Conv2d(width, 2 * width, 1, stride=2),
        )
        self.fc = nn.Linear(2 * width, 10)

    def forward(self, x):
        return self.fc(self.features(x).mean((2, 3)))


class Other(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(20, 10)

    def forward(self, x):
        return self.fc(x)
`;
const sites = {
  '/features/features.0/Conv': { method: 'tucker', choice: { rank: 6 } },
  '/features/features.3/Conv': { method: 'svd', choice: { rank: 5 } },
  '/fc/Gemm': { method: 'svd', choice: { rank: 4 } },
};

let folder: string;
const file = (name: string, content?: string): string => {
  const path = join(folder, name);
  if (content !== undefined) fs.writeFileSync(path, content);
  return path;
};
const planFile = (name: string, content: object): string =>
  file(name, JSON.stringify({ version: 1, model: { name: 'net.onnx', sha256: '0'.repeat(64) }, sites: content }));

function modelOf(content: string): SourceModel {
  const path = '/net.py';
  const { models } = analyzeSource(path, { read: (asked) => (asked === path ? content : undefined) });
  return models.find(({ entry }) => entry === 'Net')!;
}

/** Names and shapes of a model's parameters, as the evaluation of its code tells. */
function parametersOf({ layers, elementwise }: SourceModel): Map<string, string> {
  const shapes = [...layers, ...elementwise].flatMap(({ path, parameters }) =>
    Object.entries(parameters).map(([name, shape]): [string, string] => [`${path}.${name}`, shape.join('x')]),
  );
  return new Map(shapes.sort());
}

beforeAll(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'layerwise-source-'));
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

describe('a Python file rewritten by a plan', () => {
  it('makes, when it is evaluated again, the very parameters that are written for it', async () => {
    const random = Random.of(3);
    const before = parametersOf(modelOf(text));
    const tensors = [...before].map(([name, shape]) => {
      const tensor = randomTensor(shape.split('x').map(Number), random);
      return { name, type: tensor.type, dims: tensor.dims, read: () => tensor };
    });
    writeSafetensors(file('net.safetensors'), tensors);
    const result = rewriteSource({ file: file('net.py', text), plan: planFile('plan.json', sites) });
    expect([result.entry, result.form]).toEqual(['Net', 'calls']);
    const rewritten = modelOf(applyEdits(text, result.edits));
    expect([rewritten.unknown, rewritten.output]).toEqual([[], [1, 10]]);

    const count = await writeFactoredWeights(result, file('net.safetensors'), file('small.safetensors'));
    const checkpoint = openCheckpoint(file('small.safetensors'));
    const written = [...checkpoint.tensors].map(([name, { dims }]): [string, string] => [name, dims.join('x')]);
    checkpoint.close();
    expect(count).toBe(written.length);
    expect(new Map(written.sort())).toEqual(parametersOf(rewritten));
  });

  it('asks which model is meant when the plan fits several', () => {
    const plan = planFile('fc.json', { fc: { method: 'svd', choice: { rank: 3 } } });
    const path = file('net.py', text);
    expect(() => rewriteSource({ file: path, plan })).toThrow('The plan fits Net, Other.');
    expect(rewriteSource({ file: path, plan, entry: 'Other' }).entry).toBe('Other');
  });

  it('names what does not fit', () => {
    const path = file('net.py', text);
    const absent = planFile('absent.json', { '/layer9/Conv': { method: 'tucker', choice: { rank: 3 } } });
    expect(() => rewriteSource({ file: path, plan: absent })).toThrow(/layer9\/Conv is none of the \d layers/);
    expect(() => rewriteSource({ file: path, plan: absent, entry: 'Nothing' })).toThrow(/Nothing can't be made/);
    expect(() => rewriteSource({ file: file('missing.py'), plan: absent })).toThrow("can't be read");
    const twice = planFile('twice.json', { fc: sites['/fc/Gemm'], '/fc/Gemm': sites['/fc/Gemm'] });
    expect(() => rewriteSource({ file: path, plan: twice, entry: 'Net' })).toThrow('are both fc');
  });

  it('never writes the weights over the checkpoint', async () => {
    const layers = rewriteSource({ file: file('net.py', text), plan: planFile('plan.json', sites) });
    const same = file('net.safetensors');
    await expect(writeFactoredWeights(layers, same, same)).rejects.toThrow('would replace');
  });
});

describe('a plan as a module', () => {
  it('names modules as PyTorch does', () => {
    const { code } = planAsTorchModule(planFile('plan.json', sites));
    expect(code).toContain('PLAN = {\n    "features.0": 6,\n    "features.3": 5,\n    "fc": 4,\n}\n');
    expect(code).toContain('The plan was made for net.onnx.');
  });

  it('is refused where a name tells no module', () => {
    const plan = planFile('numbered.json', { Conv_12: { method: 'tucker', choice: { rank: 3 } } });
    expect(() => planAsTorchModule(plan)).toThrow("Where Conv_12 is in a PyTorch model can't be told");
    const kept = planFile('kept.json', { fc: { method: 'svd', choice: 'keep' } });
    expect(() => planAsTorchModule(kept)).toThrow('keeps every layer');
  });
});
