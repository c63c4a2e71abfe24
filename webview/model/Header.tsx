import type { JSX } from 'preact';
import type { ModelSummary } from '../../src/protocol/model';
import { Button } from '../ui/controls';
import type { Report } from '../../src/protocol/report';
import { ago, bytes, fixed, integer, moment, si, timeDecimals, times } from '../ui/numbers';
import { t } from '../ui/text';
import { usePage } from './modelPage';
import type { Time } from './whatIf';
import { deviceName, fileName, inputText, layerCount, metricText, timeFigure } from './words';

/** What the model is and costs, now and as planned, and where that was measured. */
export function Header({ summary }: { readonly summary: ModelSummary }): JSX.Element {
  const page = usePage();
  const { trusted } = page.start;
  const working = page.store.task.running.value !== undefined;
  const measured = page.store.times.value !== undefined;
  return (
    <header>
      <div class="identity">
        <h1 title={summary.path}>{fileName(summary.path)}</h1>
        <p class="quiet">
          {[layerCount(summary.layers.length), `opset ${summary.opset}`, t('input {0}', inputText(summary))].join(', ')}
        </p>
        <DeviceBadge />
      </div>
      <Totals />
      <div class="actions">
        <Button
          secondary
          disabled={!trusted || working}
          title={trusted ? undefined : t('Measuring runs the model and needs a trusted workspace.')}
          onClick={() => void page.store.measure()}
        >
          {measured ? t('Measure Again') : t('Measure')}
        </Button>
        <Button
          disabled={!trusted}
          title={trusted ? undefined : t('A search runs the model and needs a trusted workspace.')}
          onClick={() => page.go('search')}
        >
          {t('Search...')}
        </Button>
      </div>
    </header>
  );
}

function DeviceBadge(): JSX.Element {
  const page = usePage();
  const measured = page.store.times.value;
  const device = deviceName(measured?.device ?? page.start.device);
  if (!measured) return <span class="badge">{t('{0}, not measured', device)}</span>;
  const { environment } = measured;
  const noise = measured.noisy ? t('noisy machine') : t('quiet');
  const details = [
    environment.cpu,
    environment.flags.join(' '),
    `ONNX Runtime ${environment.runtime}`,
    environment.governor,
    moment(measured.measured),
  ];
  return (
    <span class={`badge ${measured.noisy ? 'warn' : ''}`} title={details.filter(Boolean).join('\n')}>
      {t('{0}, measured {1}, {2}', device, ago(measured.measured), noise)}
    </span>
  );
}

/** Totals now and as planned: measured ones where a run made just this plan, estimates otherwise. */
function Totals(): JSX.Element | null {
  const page = usePage();
  const plan = page.plan.model.value;
  if (!plan) return null;
  const { now, planned } = plan;
  const measured = page.plan.measuredBy;
  const report = page.runs.latestReport.value;
  const decimals = now.time ? timeDecimals(now.time.ms) : 2;
  const sizes = measured?.after ?? planned;
  return (
    <dl class="totals">
      {now.time ? (
        <Total
          name={t('latency, 95 %: {0} to {1}', fixed(now.time.low ?? 0, decimals), fixed(now.time.high ?? 0, decimals))}
          now={`${fixed(now.time.ms, decimals)}\u202fms`}
          planned={plannedLatency(now.time, planned?.time, measured)}
          title={
            measured ? t('Measured in pairs by the run') : t('Estimated from the latency table; a run measures it.')
          }
        />
      ) : (
        <Total name={t('latency')} now={t('not measured')} />
      )}
      <Total name={t('MACs')} now={si(now.macs)} planned={sizes && si(sizes.macs)} />
      <Total name={t('weights')} now={bytes(now.bytes)} planned={sizes && bytes(planned?.bytes ?? sizes.bytes)} />
      {report?.before.metric !== undefined && (
        <Total
          name={
            report.metricSamples === undefined
              ? (report.metricName ?? t('accuracy'))
              : t('{0}, {1} samples', report.metricName ?? t('accuracy'), integer(report.metricSamples))
          }
          now={metricText(report.before.metric, report.metricName)}
          planned={
            measured?.after.metric === undefined ? undefined : metricText(measured.after.metric, report.metricName)
          }
          title={t('Measured in the latest run')}
        />
      )}
      {planned === undefined && page.plan.ranks.value.size > 0 && (
        <span class="quiet">{t('Working out the plan...')}</span>
      )}
    </dl>
  );
}

/** `0.81 ms, 3.99x`; marked as an estimate when it is one. */
function plannedLatency(now: Time, planned: Time | undefined, measured: Report | undefined): string | undefined {
  if (measured) return `${fixed(measured.after.latencyMs, timeDecimals(now.ms))}, ${times(measured.speedup.median)}`;
  return planned && `${timeFigure(planned, timeDecimals(now.ms))}, ${times(now.ms / Math.max(planned.ms, 1e-9))}`;
}

interface TotalProps {
  readonly name: string;
  readonly now: string;
  readonly planned?: string;
  readonly title?: string;
}

function Total({ name, now, planned, title }: TotalProps): JSX.Element {
  return (
    <div class="total" title={title}>
      <dt>{name}</dt>
      <dd>
        {now}
        {planned !== undefined && <span class="planned"> {t('to {0}', planned)}</span>}
      </dd>
    </div>
  );
}
