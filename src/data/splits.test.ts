import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnSplit, type Column, type LabelledSplit } from './columns';
import { assemble, type Part } from './parts';
import { concatenate, stratifiedSplit, subset } from './splits';

/** Samples of one pixel; sample i is `first + i` and has label `labels[i]`. */
function splitOf(labels: readonly number[] | number, first = 0): LabelledSplit {
  const column = (value: (index: number) => number, length: number): Column => ({
    length,
    width: 1,
    type: 'float32',
    read: (index, target, at) => void (target[at] = value(index)),
  });
  const length = typeof labels === 'number' ? labels : labels.length;
  return columnSplit({
    path: 'memory',
    dims: [1, 1, 1],
    samples: column((i) => first + i, length),
    ...(typeof labels !== 'number' && {
      labels: column((i) => labels[i], length),
      classes: Math.max(0, ...labels) + 1,
    }),
  });
}

function valuesOf(split: LabelledSplit): number[] {
  const x = new Float32Array(split.length);
  split.read(
    Array.from({ length: split.length }, (_, i) => i),
    x,
  );
  return [...x];
}

const anyLabels = fc.array(fc.nat(5), { minLength: 1, maxLength: 80 });

describe('a stratified split', () => {
  it('has every sample once, in order, and the share of every class within one sample', () => {
    fc.assert(
      fc.property(anyLabels, fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(), (labels, fraction, seed) => {
        const parts = stratifiedSplit(splitOf(labels), fraction, seed).map(valuesOf);
        expect([...parts[0], ...parts[1]].sort((a, b) => a - b)).toEqual(labels.map((_, i) => i));
        for (const part of parts) expect(part).toEqual([...part].sort((a, b) => a - b));
        expect(Math.abs(parts[1].length - labels.length * fraction)).toBeLessThanOrEqual(0.5 + 1e-9);
        for (let label = 0; label <= 5; label++) {
          const count = labels.filter((other) => other === label).length;
          const taken = parts[1].filter((sample) => labels[sample] === label).length;
          expect(Math.abs(taken - count * fraction)).toBeLessThan(1);
        }
      }),
    );
  });

  it('depends on the seed and nothing else', () => {
    const labels = Array.from({ length: 200 }, (_, i) => i % 4);
    const taken = (seed: number): number[] => valuesOf(stratifiedSplit(splitOf(labels), 0.25, seed)[1]);
    expect(taken(7)).toEqual(taken(7));
    expect(taken(7)).not.toEqual(taken(8));
  });

  it('takes its share of samples without labels', () => {
    expect(valuesOf(stratifiedSplit(splitOf(50), 0.2, 1)[1])).toHaveLength(10);
  });
});

describe('parts of splits', () => {
  it('put together and taken apart are the same samples', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }), (lengths) => {
        const splits = lengths.map((length, i) => splitOf(new Array<number>(length).fill(i), 100 * i));
        const all = concatenate(splits);
        expect(valuesOf(all)).toEqual(splits.flatMap(valuesOf));
        expect(all.classes).toBe(lengths.length);
        const reversed = Uint32Array.from({ length: all.length }, (_, i) => all.length - 1 - i);
        expect(valuesOf(subset(all, reversed))).toEqual(valuesOf(all).reverse());
        const labels = new Int32Array(all.length);
        all.readLabels(reversed, labels);
        expect([...labels].reverse()).toEqual(lengths.flatMap((length, i) => new Array<number>(length).fill(i)));
      }),
    );
  });

  it('of different kinds do not go together', () => {
    expect(() => concatenate([splitOf([1]), splitOf(1)])).toThrow(/do not go together/);
  });

  it('refuse indices and arrays that do not fit', () => {
    for (const split of [splitOf([0, 1, 2]), concatenate([splitOf([0]), splitOf([0, 1])]), stratified()]) {
      for (const index of [-1, split.length, 0.5, NaN])
        expect(() => split.read([index], new Float32Array(1))).toThrow(RangeError);
      expect(() => split.read([0, 0], new Float32Array(1))).toThrow(/need 2 values/);
      expect(() => split.read([0, 0], new Float32Array(2), new Int32Array(1))).toThrow(/as many labels/);
    }
    function stratified(): LabelledSplit {
      return stratifiedSplit(splitOf([0, 0, 0, 0]), 0.5, 0)[0];
    }
  });
});

describe('the parts of a data set', () => {
  const closed: string[] = [];
  const part = (name: string, role: Part['role'], length = 20): Part => ({
    name,
    role,
    split: splitOf(new Array<number>(length).fill(0)),
    close: () => closed.push(name),
  });
  const parts = [part('1', 'train'), part('2', 'train', 10), part('3', 'validation', 5), part('test', 'test', 4)];
  const lengths = (options: Parameters<typeof assemble>[2], of = parts): unknown => {
    const { train, validation, test } = assemble('memory', { parts: of }, options);
    return [train.length, validation.length, test?.length];
  };

  it('keep their roles, unless options name them', () => {
    expect(lengths({})).toEqual([30, 5, 4]);
    expect(lengths({ train: ['1'] })).toEqual([20, 5, 4]);
    expect(lengths({ validation: ['2'] })).toEqual([20, 10, 4]);
    expect(lengths({ validation: ['test'] })).toEqual([30, 4, undefined]);
    expect(lengths({ validation: 0.2 })).toEqual([24, 6, 4]);
    expect(lengths({ test: ['3'] })).toEqual([27, 3, 5]);
    expect(lengths({ train: ['1', '3'], validation: 0.2, test: ['2'] })).toEqual([20, 5, 10]);
    expect(lengths({}, [part('test', 'test')])).toEqual([18, 2, undefined]);
  });

  it('that are unknown, used twice or too few are told, and everything is closed', () => {
    for (const [options, message] of [
      [{ train: ['9'] }, /no part 9/],
      [{ train: ['1'], validation: ['1'] }, /trained on and judged by/],
      [{ train: ['1'], test: ['1'] }, /trained on and judged by/],
      [{ validation: ['1', '2'] }, /left to train on/],
      [{ validation: 1 }, /not between 0 and 1/],
      [{ validation: 0.001 }, /too few/],
    ] as const) {
      closed.length = 0;
      expect(() => assemble('memory', { parts }, options)).toThrow(message);
      expect(closed).toEqual(['1', '2', '3', 'test']);
    }
  });
});
