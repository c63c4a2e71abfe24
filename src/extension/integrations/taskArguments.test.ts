import { describe, expect, it } from 'vitest';
import { compressCommand } from '../../cli/commands/compress';
import { measureCommand } from '../../cli/commands/measure';
import { taskArguments, taskProblem } from './taskArguments';

describe('a task', () => {
  it('becomes arguments of the command line', () => {
    const task = { command: 'compress', model: 'a.onnx', latency: '0.5x', data: 'fashion-mnist', maxDrop: 0 } as const;
    expect(taskArguments(task)).toEqual([
      ...['compress', 'a.onnx', '--data', 'fashion-mnist'],
      ...['--latency', '0.5x', '--max-drop', '0'],
    ]);
    expect(taskArguments({ command: 'compare', model: 'a.onnx', against: 'b.onnx', latency: '1ms' })).toEqual([
      ...['compare', 'a.onnx', 'b.onnx'],
    ]);
  });

  it('uses only options that the command line has', () => {
    const everything = {
      ...{ model: 'a.onnx', data: 'd', latency: '1ms', macs: '1M', params: '1M', bytes: '1kB', maxDrop: 1 },
      ...{ search: 'haloc', searchEpochs: 1, epochs: 1, threads: 1, out: 'o' },
    };
    for (const [name, command] of [
      ['compress', compressCommand()],
      ['measure', measureCommand()],
    ] as const) {
      const known = command.options.map(({ long }) => long);
      const used = taskArguments({ command: name, ...everything }).filter((text) => text.startsWith('--'));
      expect(used.length).toBeGreaterThan(0);
      expect(known).toEqual(expect.arrayContaining(used));
    }
  });

  it('says what is missing', () => {
    expect(taskProblem({ command: 'compress', model: 'a' })).toBe('latency');
    expect(taskProblem({ command: 'compare', model: 'a' })).toBe('against');
    expect(taskProblem({ model: 'a' })).toBe('command');
    expect(taskProblem({ command: 'measure', model: 'a' })).toBeUndefined();
  });
});
