import type { Interval } from '../../protocol/figures';
import type { ModelComparison } from '../../protocol/times';
import { ms, percent, threads, times } from '../format';
import { t } from '../l10n';
import { escape } from '../views/row';

/** A comparison as a page of Markdown: the verdict first, then how it came about, then layer by layer. */
export function comparisonPage(comparison: ModelComparison): string {
  const { a, b, speedup, agreement, agreementOn, samples, noisy, device, layers } = comparison;
  const { median, low, high } = speedup;
  const same = low <= 1 && high >= 1;
  const verdict = same
    ? t('No difference in speed can be told.')
    : median > 1
      ? t('The second model is {0} as fast as the first.', times(median))
      : t('The second model is slower: {0} as fast as the first.', times(median));
  return [
    `# ${t('Comparison')}`,
    '',
    `**${verdict}** ${t('Measured in pairs, 95 % interval {0} to {1}.', times(low), times(high))}`,
    '',
    `| | ${t('Latency')} | ${t('95 % interval')} |`,
    '|:--|--:|--:|',
    `| ${escape(a.path)} | ${ms(a.latencyMs)} | ${interval(a.latency)} |`,
    `| ${escape(b.path)} | ${ms(b.latencyMs)} | ${interval(b.latency)} |`,
    '',
    agreementOn === 'class'
      ? t('Both give the same class for {0} of {1} random inputs.', percent(agreement), samples)
      : t('Likeness of the outputs: {0}, over {1} random inputs.', percent(agreement), samples),
    '',
    t('Device: {0}, {1}.', device.provider, threads(device.threads)),
    ...(noisy ? ['', t('The machine was busy while measuring; measure again when it is quiet.')] : []),
    ...(layers.length > 0
      ? [
          '',
          `## ${t('Outputs of layers that both models have')}`,
          '',
          `| ${t('Layer')} | ${t('Relative difference')} |`,
          '|:--|--:|',
          ...layers.map(({ name, difference }) => `| ${escape(name)} | ${percent(difference)} |`),
        ]
      : []),
    '',
  ].join('\n');
}

function interval({ low, high }: Interval): string {
  return t('{0} to {1}', ms(low), ms(high));
}
