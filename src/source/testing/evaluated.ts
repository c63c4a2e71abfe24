import { analyzeSource } from '../analyze';

export const head = `import torch
from torch import nn
import torch.nn.functional as F
`;

/** What evaluating a file gives: layers with what they hold and give, parameters in all, and what is unknown. */
export function evaluated(text: string): unknown[] {
  const { models } = analyzeSource('/w/net.py', { read: (path) => (path === '/w/net.py' ? head + text : undefined) });
  const [{ layers, totals, output, unknown }] = models;
  return [
    ...layers.map(({ path, params, macs, output: own }) => [path, params, macs, own?.join('x')].join(' ')),
    `${totals.params} -> ${output?.join('x')}`,
    ...unknown.map(({ reason }) => reason),
  ];
}

/** The sizes that a piece of code gives to `sizes`. */
export function sizes(code: string): unknown[] {
  const lines = code.trim().split('\n');
  return evaluated(`${lines.join('\n')}
class Net(nn.Sequential):
    def __init__(self):
        super().__init__(*[nn.Linear(1, size, bias=False) for size in sizes])
`)
    .filter((line) => /^\d+ \d+ /.test(String(line)))
    .map((line) => Number(String(line).split(' ')[1]));
}
