import type { JSX } from 'preact';
import type { SiteSummary } from '../../../src/protocol/model';
import { Chart } from '../../ui/Chart';
import { percent } from '../../ui/numbers';
import { t } from '../../ui/text';
import { usePage } from '../modelPage';
import { costAt, keptEnergy, type Known } from '../whatIf';
import { errorText } from '../words';

/** What a rank loses of the weight before training. */
export function ErrorChart({ known, site }: { readonly known: Known; readonly site: SiteSummary }): JSX.Element | null {
  const { plan } = usePage();
  const error = known.detail?.byRank?.error;
  if (!error) return null;
  const { name } = known.layer;
  const rank = plan.ranks.value.get(name)?.rank;
  const points = error.map((y, x) => ({ x, y }));
  return (
    <Chart
      title={t('Error against rank')}
      height={120}
      x={{ min: 0, max: site.fullRank, format: String, title: t('rank') }}
      y={{ min: 0, max: 1, format: (value) => percent(value, 0) }}
      series={[{ name: 'error', points, kind: 'line', color: 'error' }]}
      marks={rank === undefined ? [] : [{ x: rank, y: error[rank], strong: true, color: 'planned' }]}
      chosen={rank}
      stops={points.slice(1).map(({ x }) => x)}
      onPick={(value) => plan.try(name, value)}
      describe={(value) =>
        t(
          'rank {0}: error {1}, {2} of the energy kept',
          value,
          errorText(costAt(known, value)) ?? '',
          percent(keptEnergy(error[value])),
        )
      }
      readout={t('of the weight, before training')}
      table={() => ({
        head: [t('Rank'), t('Error'), t('Energy kept')],
        rows: points.map(({ x, y }) => [x, percent(y, 2), percent(keptEnergy(y), 2)]),
      })}
    />
  );
}
