import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { analyzeSource } from '../analyze';

const folder = join(__dirname, '../../../test/fixtures/keras');

interface Truth {
  readonly params: number;
  readonly output: readonly number[];
  /** Parameters by layer of the model; layers without a name are numbered over all models there. */
  readonly layers: Readonly<Record<string, number>>;
}

/** What Keras says of the same files. */
describe.each(['zoo', 'mobile'])('%s.py', (name) => {
  const text = readFileSync(join(folder, `${name}.py`), 'utf8');
  const truth = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Record<string, Truth>;
  const { models } = analyzeSource('/w/net.py', { read: (path) => (path === '/w/net.py' ? text : undefined) });

  it.each(Object.keys(truth))('%s has the parameters and the output that Keras finds', (entry) => {
    const model = models.find((one) => one.entry === entry)!;
    expect(model.unknown).toEqual([]);
    expect([model.totals.params, model.output]).toEqual([truth[entry].params, truth[entry].output]);
    const own = model.layers.filter(({ path }) => !path.includes('.'));
    const known = own.filter(({ path }) => Object.hasOwn(truth[entry].layers, path));
    expect(known.length).toBeGreaterThanOrEqual(own.length / 2);
    expect(known.map(({ path, params }) => [path, params])).toEqual(
      known.map(({ path }) => [path, truth[entry].layers[path]]),
    );
  });
});
