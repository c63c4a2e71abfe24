import type { JSX } from 'preact';
import { Chart, type Series } from '../../ui/Chart';
import { fixed, percent, timeDecimals } from '../../ui/numbers';
import { t } from '../../ui/text';
import { amount, type Resource } from './budget';
import type { Live } from './live';

interface LiveProps {
  readonly live: Live;
}

interface ExpectedProps extends LiveProps {
  readonly resource: Resource;
  /** The budget in milliseconds, MACs, parameters or bytes; undefined where it can't be told. */
  readonly limit?: number;
}

/** Expected cost of the choices as they are weighted now, against the budget: in the budget's unit where it is known. */
export function ExpectedChart({ live: { steps }, resource, limit }: ExpectedProps): JSX.Element | null {
  if (steps.length === 0) return null;
  const scale = limit ?? 1;
  const points = steps.map(({ step, expected }) => ({ x: step, y: expected * scale }));
  const at = (step: number): number => steps.find((state) => state.step === step)?.expected ?? NaN;
  const words = (share: number): string => {
    const ofBudget = t('{0} of the budget', percent(share));
    return limit === undefined ? ofBudget : `${amount(resource, share * limit)}, ${ofBudget}`;
  };
  return (
    <Chart
      title={resource === 'latency' ? t('Expected latency') : t('Expected cost')}
      height={130}
      x={{ min: 0, max: steps[0].steps, format: String, title: t('step') }}
      y={{
        min: 0,
        max: Math.max(1.2 * scale, ...points.map(({ y }) => y)),
        format: axisFormat(resource, limit),
      }}
      series={[{ name: 'expected', points, kind: 'line', color: 'time' }]}
      level={{ y: scale, label: t('budget') }}
      describe={(step) => `${t('step {0}', step)}: ${words(at(step))}`}
      readout={words(steps[steps.length - 1].expected)}
      table={() => ({
        head: [t('Step'), t('Expected, of the budget'), t('Temperature')],
        rows: steps.map(({ step, expected, temperature }) => [step, percent(expected), fixed(temperature, 3)]),
      })}
    />
  );
}

export function LossChart({ live: { steps } }: LiveProps): JSX.Element | null {
  if (steps.length === 0) return null;
  const points = steps.map(({ step, loss }) => ({ x: step, y: loss }));
  const at = (step: number): number => steps.find((state) => state.step === step)?.loss ?? NaN;
  return (
    <Chart
      title={t('Loss of the search')}
      height={110}
      x={{ min: 0, max: steps[0].steps, format: String, title: t('step') }}
      y={{ min: 0, max: Math.max(...points.map(({ y }) => y)) || 1, format: (value) => fixed(value, 1) }}
      series={[{ name: 'loss', points, kind: 'line', color: 'loss' }]}
      describe={(step) => t('step {0}: loss {1}', step, fixed(at(step), 3))}
      readout={fixed(steps[steps.length - 1].loss, 3)}
      table={() => ({
        head: [t('Step'), t('Loss')],
        rows: steps.map(({ step, loss }) => [step, fixed(loss, 4)]),
      })}
    />
  );
}

/** Figures of an axis are short: the unit stands beside the title. */
function axisFormat(resource: Resource, limit: number | undefined): (value: number) => string {
  if (limit === undefined) return (value) => percent(value, 0);
  if (resource === 'latency') return (value) => fixed(value, timeDecimals(limit));
  return (value) => amount(resource, value);
}

/** Accuracy of the training and of the validation samples after each epoch. */
export function AccuracyChart({ live: { epochs } }: LiveProps): JSX.Element | null {
  const trained = epochs.flatMap(({ accuracy }, x) => (accuracy === undefined ? [] : [{ x: x + 1, y: accuracy }]));
  const judged = epochs.flatMap(({ metric }, x) => (metric === undefined ? [] : [{ x: x + 1, y: metric }]));
  const all = [...trained, ...judged];
  if (all.length === 0) return null;
  const values = all.map(({ y }) => y);
  const room = Math.max(0.5, (Math.max(...values) - Math.min(...values)) * 0.1);
  const series: Series[] = [
    { name: 'trained', points: trained, kind: 'dashed', color: 'time' },
    { name: 'judged', points: judged, kind: 'line', color: 'planned' },
    { name: 'judged points', points: judged, kind: 'dots', color: 'planned' },
  ];
  const last = epochs.at(-1);
  return (
    <>
      <Chart
        title={t('Accuracy')}
        height={130}
        x={{
          min: 1,
          max: Math.max(2, epochs.length),
          format: (value) => (Number.isInteger(value) ? String(value) : ''),
          title: t('epoch'),
        }}
        y={{ min: Math.min(...values) - room, max: Math.max(...values) + room, format: (value) => fixed(value, 1) }}
        series={series}
        stops={epochs.map((_, index) => index + 1)}
        describe={(x) => describeEpoch(epochs[x - 1])}
        readout={last && describeEpoch(last)}
        table={() => ({
          head: [t('Epoch'), t('Stage'), t('Loss'), t('Training'), t('Validation')],
          rows: epochs.map(({ stage, loss, accuracy, metric }, index) => [
            index + 1,
            stage,
            fixed(loss, 3),
            accuracy === undefined ? '' : fixed(accuracy, 2),
            metric === undefined ? '' : fixed(metric, 2),
          ]),
        })}
      />
      <p class="legend" aria-hidden="true">
        <span class="s-planned">{t('validation')}</span>
        <span class="s-time">{t('training')}</span>
      </p>
    </>
  );
}

function describeEpoch({ stage, loss, accuracy, metric }: Live['epochs'][number]): string {
  const parts = [stage, t('loss {0}', fixed(loss, 3))];
  if (accuracy !== undefined) parts.push(t('training {0}', fixed(accuracy, 1)));
  if (metric !== undefined) parts.push(t('validation {0}', fixed(metric, 2)));
  return parts.join(', ');
}
