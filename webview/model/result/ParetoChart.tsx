import type { JSX } from 'preact';
import { Chart } from '../../ui/Chart';
import { LinkButton } from '../../ui/controls';
import { fixed, ms, si, timeDecimals } from '../../ui/numbers';
import { t } from '../../ui/text';
import { usePage } from '../modelPage';
import { metricText, runName } from '../words';
import { paretoFront, paretoPoints, type ParetoPoint } from './pareto';

/** Latency against accuracy (MACs where no run has one) over the runs of this model. */
export function ParetoChart({ shown }: { readonly shown: string }): JSX.Element | null {
  const page = usePage();
  const { runs } = page;
  const finished = runs.runs.value.filter(({ state }) => state === 'finished');
  const report = runs.details.value.get(shown)?.report;
  const metricName = finished.find(({ figures }) => figures?.metric !== undefined)?.figures?.metricName;
  const judged = finished.some(({ figures }) => figures?.metric !== undefined);
  const of = (figures: { readonly metric?: number; readonly macs: number }): number | undefined =>
    judged ? figures.metric : figures.macs;
  const reached = paretoPoints(finished, of, runName);
  const sourceValue = report && of(report.before);
  const source: ParetoPoint[] =
    report && sourceValue !== undefined
      ? [{ name: t('source'), latencyMs: report.before.latencyMs, value: sourceValue, accepted: true }]
      : [];
  const points = [...reached, ...source].sort((a, b) => a.latencyMs - b.latencyMs);
  if (points.length === 0) return null;
  const front = paretoFront(
    points.filter(({ accepted }) => accepted),
    judged ? 'higher' : 'lower',
  );
  const values = points.map(({ value }) => value);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const room = (most - least) * 0.15 || Math.abs(most) * 0.01 || 1;
  const slowest = Math.max(...points.map(({ latencyMs }) => latencyMs));
  const decimals = timeDecimals(slowest);
  const valueText = (value: number): string => (judged ? metricText(value, metricName) : t('{0} MACs', si(value)));
  const at = (x: number): ParetoPoint | undefined => points.find(({ latencyMs }) => latencyMs === x);
  return (
    <Chart
      title={judged ? t('Latency and accuracy of the runs') : t('Latency and MACs of the runs')}
      height={210}
      x={{ min: 0, max: slowest * 1.08, format: (value) => fixed(value, value === 0 ? 0 : 1), title: t('ms') }}
      y={{
        min: least - room,
        max: most + room,
        format: (value) => (judged ? fixed(value, 1) : si(value)),
      }}
      series={[
        {
          name: 'front',
          points: front.map(({ latencyMs, value }) => ({ x: latencyMs, y: value })),
          kind: 'dashed',
          color: 'planned',
        },
      ]}
      marks={points.map(({ run, name, latencyMs, value, accepted }) => ({
        x: latencyMs,
        y: value,
        color: run === undefined ? 'time' : accepted ? 'planned' : 'bad',
        strong: run === shown,
        label: run === undefined ? name : run === shown ? t('shown') : accepted ? undefined : t('fell back'),
      }))}
      stops={points.map(({ latencyMs }) => latencyMs)}
      onPick={(x) => {
        const run = at(x)?.run;
        if (run !== undefined) void runs.choose(run);
      }}
      describe={(x) => {
        const point = at(x);
        return point ? `${point.name}: ${ms(point.latencyMs, decimals)}, ${valueText(point.value)}` : '';
      }}
      readout={reached.length === 1 ? t('1 run') : t('{0} runs', reached.length)}
      table={() => ({
        head: [t('Run'), t('ms'), judged ? t('Accuracy') : t('MACs'), t('Verdict'), ''],
        rows: points.map(({ run, name, latencyMs, value, accepted }) => [
          name,
          fixed(latencyMs, decimals),
          valueText(value),
          run === undefined ? '' : accepted ? t('Accepted') : t('Fell back'),
          run !== undefined && run !== shown && (
            <LinkButton onClick={() => void runs.choose(run)}>{t('Show')}</LinkButton>
          ),
        ]),
      })}
    />
  );
}
