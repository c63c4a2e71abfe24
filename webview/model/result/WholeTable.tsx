import type { JSX } from 'preact';
import type { ModelFigures } from '../../../src/protocol/figures';
import type { Report } from '../../../src/protocol/report';
import { bytes, fixed, integer, percent, si, signed, timeDecimals, times } from '../../ui/numbers';
import { t } from '../../ui/text';
import { metricText } from '../words';

/** The whole model before and after, and how each figure was obtained. What did not pass stands in a column of its own. */
export function WholeTable({ report }: { readonly report: Report }): JSX.Element {
  const { before, after, candidate, metricName, metricSamples } = report;
  const reached = report.verdict === 'accepted' ? after : (candidate ?? after);
  const decimals = timeDecimals(before.latencyMs);
  const latency = ({ latency: { median, low, high } }: ModelFigures): JSX.Element => (
    <>
      {fixed(median, decimals)}
      {'\u202f'}ms
      <span class="interval">
        {fixed(low, decimals)} - {fixed(high, decimals)}
      </span>
    </>
  );
  const rows = [
    {
      name: t('Latency'),
      values: [latency(before), latency(reached)],
      // Of an accepted model, the pairs tell more than two medians.
      change: times(report.verdict === 'accepted' ? report.speedup.median : before.latencyMs / reached.latencyMs),
      origin: t('measured, median and 95 % interval'),
    },
    ...[
      { name: t('MACs'), of: (figures: ModelFigures) => figures.macs, text: si, origin: t('counted in the graph') },
      {
        name: t('Parameters'),
        of: (figures: ModelFigures) => figures.params,
        text: si,
        origin: t('counted in the graph'),
      },
      {
        name: t('File'),
        of: (figures: ModelFigures) => figures.bytes,
        text: bytes,
        origin: t('size of the written file'),
      },
    ].map(({ name, of, text, origin }) => ({
      name,
      values: [text(of(before)), text(of(reached))],
      change: percent(of(reached) / of(before), 0),
      origin,
    })),
  ];
  const metric = before.metric !== undefined && reached.metric !== undefined;
  return (
    <table class="data whole" aria-label={t('Before and after')}>
      <thead>
        <tr>
          <td />
          <th scope="col">{t('Before')}</th>
          <th scope="col">{report.verdict === 'accepted' ? t('After') : t('Reached, not handed over')}</th>
          <th scope="col">{t('Change')}</th>
          <th scope="col" class="left">
            {t('How obtained')}
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ name, values, change, origin }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{values[0]}</td>
            <td class="planned">{values[1]}</td>
            <td>{change}</td>
            <td class="left quiet">{origin}</td>
          </tr>
        ))}
        <tr>
          <th scope="row">{metricName === undefined || metricName === 'accuracy' ? t('Accuracy') : metricName}</th>
          {metric ? (
            <>
              <td>{metricText(before.metric ?? 0, metricName)}</td>
              <td class="planned">{metricText(reached.metric ?? 0, metricName)}</td>
              <td>{signed((reached.metric ?? 0) - (before.metric ?? 0), 2)}</td>
              <td class="left quiet">
                {metricSamples === undefined ? t('measured') : t('measured on {0} samples', integer(metricSamples))}
              </td>
            </>
          ) : (
            <td class="left quiet" colSpan={4}>
              {t('not verified: no data was given')}
            </td>
          )}
        </tr>
      </tbody>
    </table>
  );
}
