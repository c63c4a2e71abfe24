import type { JSX } from 'preact';
import type { SiteSummary } from '../../../src/protocol/model';
import { Chart, type Mark, type Point, type Series } from '../../ui/Chart';
import { Button } from '../../ui/controls';
import { fixed, timeDecimals } from '../../ui/numbers';
import { t } from '../../ui/text';
import { usePage } from '../modelPage';
import { costAt, timeAt, type Known } from '../whatIf';
import { timeText } from '../words';

/** The staircase: measured times by rank, the ranks worth having, and the one planned. */
export function LatencyChart({ known, site }: { readonly known: Known; readonly site: SiteSummary }): JSX.Element {
  const page = usePage();
  const { name } = known.layer;
  const { staircase } = known;
  const rank = page.plan.ranks.value.get(name)?.rank;
  if (!staircase || staircase.points.length === 0) return <Unmeasured layer={name} />;
  const { points, candidates, keepMs } = staircase;
  const measured: Point[] = points.map(({ rank: x, ms: y }) => ({ x, y }));
  const largest = Math.max(keepMs, ...points.map(({ high }) => high));
  const decimals = timeDecimals(largest);
  const chosen = rank === undefined ? undefined : timeAt(known, rank);
  const marks: Mark[] = measured
    .filter(({ x }) => candidates.includes(x) && x !== rank)
    .map((point) => ({ ...point, color: 'planned' }));
  if (rank !== undefined && chosen) {
    marks.push({
      x: rank,
      y: chosen.ms,
      strong: true,
      color: 'planned',
      label: chosen.origin === 'estimated' ? t('estimated') : t('planned'),
    });
  }
  const series: Series[] = [
    { name: 'line', points: measured, kind: 'line', color: 'time' },
    { name: 'points', points: measured, kind: 'dots', color: 'time' },
  ];
  return (
    <Chart
      title={t('Latency against rank')}
      height={170}
      x={{ min: 0, max: site.fullRank, format: String, title: t('rank') }}
      y={{ min: 0, max: largest * 1.08, format: (value) => fixed(value, decimals) }}
      series={series}
      marks={marks}
      level={{ y: keepMs, label: t('as it is, {0} ms', fixed(keepMs, decimals)) }}
      chosen={rank}
      stops={measured.map(({ x }) => x).filter((x) => x <= site.fullRank)}
      onPick={(value) => page.plan.try(name, value)}
      describe={(value) => {
        const { time } = costAt(known, value);
        return time ? t('rank {0}, {1}', value, timeText(time)) : t('rank {0}', value);
      }}
      readout={staircase.step !== undefined && staircase.step > 1 ? t('steps of {0}', staircase.step) : t('ms')}
      table={() => ({
        head: [t('Rank'), t('ms'), t('95 % interval'), t('Candidate')],
        rows: points.map((point) => [
          point.rank,
          fixed(point.ms, decimals),
          t('{0} to {1}', fixed(point.low, decimals), fixed(point.high, decimals)),
          candidates.includes(point.rank) ? t('yes') : '',
        ]),
      })}
    />
  );
}

function Unmeasured({ layer }: { readonly layer: string }): JSX.Element {
  const page = usePage();
  const working = page.store.task.running.value !== undefined;
  return (
    <figure>
      <figcaption>
        <h3>{t('Latency against rank')}</h3>
      </figcaption>
      <p class="unmeasured">
        {t(
          'Not measured on this device yet. Times at a rank are estimated in proportion to the MACs, which real hardware does not follow.',
        )}
      </p>
      <Button
        secondary
        disabled={!page.start.trusted || working}
        onClick={() => void page.store.measureStaircase(layer)}
      >
        {t('Measure Ranks of This Layer')}
      </Button>
    </figure>
  );
}
