import { describe, expect, it } from 'vitest';
import { dataSpec, describeData } from './dataSpec';
import { back, runSteps, type Step } from './steps';
import { budgetProblem, maxDropProblem, parseSizes, sizesProblem, wholeProblem } from './validate';
import { parseDatasetSpec } from '../../data/datasetSpec';
import { parseBudget } from '../../search/budget';

/** A step that gives its answers one after another. */
function scripted(...answers: (string | typeof back | undefined)[]): { step: Step<string>; seen: string[] } {
  const seen: string[] = [];
  const step: Step<string> = async (state, { step: number, total }) => {
    seen.push(`${state} ${number}/${total}`);
    const answer = answers.shift();
    return typeof answer === 'string' ? state + answer : answer;
  };
  return { step, seen };
}

describe('a flow of steps', () => {
  it('hands the answers on and counts', async () => {
    const a = scripted('a');
    const b = scripted('b');
    expect(await runSteps('', () => [a.step, b.step])).toBe('ab');
    expect(b.seen).toEqual(['a 2/2']);
  });

  it('goes back to the state before', async () => {
    const a = scripted('a', 'x');
    const b = scripted(back, 'b');
    expect(await runSteps('', () => [a.step, b.step])).toBe('xb');
    expect(a.seen).toEqual([' 1/2', ' 1/2']);
  });

  it('ends when the user gives up, and stays when there is nothing to go back to', async () => {
    const a = scripted(back, undefined);
    expect(await runSteps('', () => [a.step])).toBeUndefined();
    expect(a.seen).toHaveLength(2);
  });

  it('asks more when an answer calls for it', async () => {
    const a = scripted('more');
    const b = scripted('!');
    expect(await runSteps('', (state) => [a.step, ...(state.startsWith('more') ? [b.step] : [])])).toBe('more!');
  });
});

describe('what is typed', () => {
  it.each(['0.5x', '60%', '8ms', ' 1.5 s ', '', 'fast', '0x', '2x', '8', '-1ms', '8kB'])(
    'as a latency budget is judged as the engine does: %j',
    (text) => {
      let refused = false;
      try {
        parseBudget('latency', text);
      } catch {
        refused = true;
      }
      expect(budgetProblem('latency', text) !== undefined).toBe(refused);
    },
  );

  it('as accuracy is a number from 0', () => {
    expect(maxDropProblem('1.5')).toBeUndefined();
    expect(maxDropProblem('0')).toBeUndefined();
    for (const text of ['', '-1', 'x', 'Infinity']) expect(maxDropProblem(text), text).toBeDefined();
  });

  it('as epochs is a whole number', () => {
    expect(wholeProblem('3', 1)).toBeUndefined();
    for (const text of ['0', '1.5', '', '-2']) expect(wholeProblem(text, 1), text).toBeDefined();
  });

  it('as sizes is a list of whole numbers', () => {
    expect(parseSizes('1x3x224x224')).toEqual([1, 3, 224, 224]);
    expect(parseSizes('1, 10')).toEqual([1, 10]);
    for (const text of ['', '1x', 'ax2', '0x3', '1.5x2']) expect(sizesProblem(text), text).toBeDefined();
  });
});

describe('data sets that are picked', () => {
  it.each(['cifar10', 'idx', 'npz', 'images'] as const)('are named as the engine reads them: %s', (format) => {
    expect(parseDatasetSpec(dataSpec(format, '/data/set'))).toMatchObject({ format, path: '/data/set' });
  });

  it('keep the path of another system whole', () => {
    expect(parseDatasetSpec(dataSpec('images', 'C:\\data\\set'))).toMatchObject({ path: 'C:\\data\\set' });
  });

  it('are described by the last part of their path', () => {
    expect(describeData('images:/data/flowers/')).toEqual({ label: 'flowers', description: 'images /data/flowers/' });
    expect(describeData('fashion-mnist').label).toContain('Fashion-MNIST');
  });
});
