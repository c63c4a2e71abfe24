import { describe, expect, it } from 'vitest';
import { renderMarkdown } from './markdown';
import { renderPicture } from './picture';
import { differOnlyInDriver, pairedDifference, type ResultRow, type Results } from './results';
import { networks, rowsOf, siblingOf, trialNetworks } from './rows';

const row: ResultRow = {
  network: 'resnet20',
  method: 'haloc-macs',
  target: 'macs 0.278x',
  control: false,
  accuracy: 90,
  accuracyStandardError: 0.3,
  samples: 10_000,
  macs: 11.2e6,
  params: 80_000,
  bytes: 340_000,
  latencyMs: { median: 1, low: 0.98, high: 1.03 },
  ranks: { conv1: 8 },
  keptLayers: 1,
  schedule: { searchEpochs: 3, haloc: { weightRate: 0.02 }, epochs: 10, rate: 0.02 },
  seed: 1,
};

describe('the rows of the table', () => {
  it('have names of their own, and controls find their siblings', () => {
    const rows = rowsOf([...networks, ...trialNetworks]);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
    for (const one of rows) {
      const control = one.method?.control;
      const name = control && ('planOf' in control ? control.planOf : 'modelOf' in control && control.modelOf);
      if (name) {
        const sibling = siblingOf(one, name);
        expect(sibling.target).toBe(one.target);
        // What a row needs comes before it.
        expect(rows.findIndex(({ id }) => id === sibling.id)).toBeLessThan(rows.indexOf(one));
      }
    }
  });
});

describe('rows that differ only in what drove the search', () => {
  const all = rowsOf(networks);
  const made = (
    id: string,
    changes: Partial<ResultRow['schedule']> = {},
  ): Parameters<typeof differOnlyInDriver>[0] => ({
    row: all.find((one) => one.id === `vgg-64-128-256--${id}`)!,
    schedule: { ...row.schedule, ...changes },
  });
  const byLatency = made('latency-0.25x--haloc-latency');

  it('are of HALOC, on latency and on MACs', () => {
    expect(differOnlyInDriver(byLatency, made('macs-0.278x--haloc-macs'))).toBe(true);
    expect(differOnlyInDriver(made('macs-0.278x--haloc-macs'), byLatency)).toBe(false);
    expect(differOnlyInDriver(byLatency, made('macs-0.278x--knapsack-rise'))).toBe(false);
    expect(differOnlyInDriver(made('latency-0.25x--knapsack-rise'), made('macs-0.278x--haloc-macs'))).toBe(false);
  });

  it('were searched and fine-tuned alike, and are both controls or neither', () => {
    expect(differOnlyInDriver(byLatency, made('macs-0.278x--haloc-macs', { searchEpochs: 8 }))).toBe(false);
    expect(differOnlyInDriver(byLatency, made('macs-0.278x--haloc-macs', { haloc: {} }))).toBe(false);
    expect(differOnlyInDriver(byLatency, made('macs-0.278x--haloc-macs', { epochs: 12 }))).toBe(false);
    expect(differOnlyInDriver(byLatency, made('macs-0.278x--haloc-macs-refitted'))).toBe(false);
    const longer = made('latency-0.25x--haloc-latency-longer');
    expect(differOnlyInDriver(longer, made('macs-0.278x--haloc-macs-longer'))).toBe(true);
  });
});

describe('pairedDifference', () => {
  it('is the difference of the shares, with the standard error of the discordant samples alone', () => {
    // 3 only the first has right, 1 only the second, of 10: 0.2 +- sqrt(4 - 0.4) / 10.
    expect(pairedDifference('1111110000', '1110001000')).toEqual({ difference: 20, standardError: 18.974 });
    expect(pairedDifference('1010', '1010')).toEqual({ difference: 0, standardError: 0 });
    expect(() => pairedDifference('1', '10')).toThrow(RangeError);
  });
});

describe('the page and the picture', () => {
  const results: Results = {
    about: { data: 'cifar10:DIR', samplesUsed: 'all', batch: 128, seed: 1, trainingThreads: 2, environment: {} },
    rows: [row, { ...row, method: 'uniform', accuracy: 87, latencyMs: undefined }],
    comparisons: [
      {
        network: 'resnet20',
        target: row.target,
        method: 'haloc-macs',
        against: 'uniform',
        difference: 3,
        standardError: 0.2,
      },
    ],
    missing: ['resnet20--dense'],
  };

  it('show what there is and leave empty what there is not', () => {
    const page = renderMarkdown(results);
    expect(page).toContain('| 90.00 ± 0.30 | 11.20 M |');
    expect(page).toContain('| 1.000 (0.980 to 1.030) |  |');
    expect(page).toContain('| haloc-macs | uniform | +3.00 ± 0.20 |');
    expect(page).toContain('Not made yet: resnet20--dense.');
    expect(page).toContain('At macs 0.278x haloc-macs searched for 3 epochs with weightRate=0.02.');
    expect(page).not.toContain('same file');
    const shared = { ...row, method: 'greedy', tunedAs: 'knapsack-rise' };
    expect(renderMarkdown({ ...results, rows: [shared] })).toContain(
      'At macs 0.278x greedy came to the same file as knapsack-rise, which was fine-tuned once for both.',
    );
  });

  it('put a mark for every row with a figure on each axis', () => {
    const picture = renderPicture(results.rows);
    expect(picture.match(/<title>haloc-macs, macs 0.278x: 90.00 %/g)).toHaveLength(2);
    expect(picture.match(/<title>uniform, macs 0.278x: 87.00 %/g)).toHaveLength(1);
    expect(picture).not.toMatch(/NaN|undefined/);
    expect(renderPicture([])).toContain('</svg>');
  });
});
