import { readBudgetText } from '../../protocol/budgetText';
import { leastSpeedup } from '../../protocol/figures';
import type { Report } from '../../protocol/report';
import type { RunMetric } from '../../protocol/runs';
import type { ModelComparison } from '../../protocol/times';
import { ms, points, times } from '../format';
import { t } from '../l10n';

/** What came of a check, and the figures that say so. */
export interface Judgement {
  readonly passed: boolean;
  readonly message: string;
}

export type Measured = Pick<ModelComparison, 'speedup' | 'b' | 'noisy'>;

/** The rule by which a run is accepted: the whole interval of the speed-up shows it. */
export function judgeFaster({ speedup, noisy }: Measured): Judgement {
  const { median, low, high } = speedup;
  const figures = t('{0} as fast as its source, 95 % interval {1} to {2}.', times(median), times(low), times(high));
  const demand = t('The whole interval must be above {0}.', times(leastSpeedup));
  return { passed: low > leastSpeedup, message: joined(figures, demand, noisy) };
}

/** Whether a measured model can meet its latency budget: the interval reaches it. */
export function judgeBudget({ speedup, b, noisy }: Measured, text: string): Judgement {
  const budget = readBudgetText('latency', text);
  if ('problem' in budget) return { passed: false, message: budget.problem };
  if ('limit' in budget) {
    const { median, low, high } = b.latency;
    const figures = t('Measured {0}, 95 % interval {1} to {2}.', ms(median), ms(low), ms(high));
    const demand = t('The budget is {0}.', ms(budget.limit));
    return { passed: low <= budget.limit, message: joined(figures, demand, noisy) };
  }
  const needed = 1 / budget.ratio;
  const { median, low, high } = speedup;
  const figures = t('{0} as fast as its source, 95 % interval {1} to {2}.', times(median), times(low), times(high));
  const demand = t('The budget of {0} needs {1}.', text, times(needed));
  return { passed: high >= needed, message: joined(figures, demand, noisy) };
}

/** Another processor rounds in another way, which turns a few samples: points of accuracy, or dB. */
const rounding = 0.1;

/** Whether a model is still as good as it may be: within the allowed drop, or as good as reported where none was set. */
export function judgeAccuracy(
  { metric, value, samples }: RunMetric,
  { before, after }: Pick<Report, 'before' | 'after'>,
  maxDrop: number | undefined,
): Judgement {
  const unit = metric === 'accuracy' ? '%' : 'dB';
  const figures = t('{0} {1} on {2} samples.', points(value), unit, samples);
  const reported = after.metric ?? value;
  const least = maxDrop === undefined || before.metric === undefined ? reported : before.metric - maxDrop;
  const demand =
    maxDrop === undefined
      ? t('The report says {0} {1}.', points(reported), unit)
      : t('With the allowed drop it must be at least {0} {1}.', points(least), unit);
  return { passed: value >= least - rounding, message: joined(figures, demand, false) };
}

function joined(figures: string, demand: string, noisy: boolean): string {
  const busy = t('The machine was busy while measuring; measure again when it is quiet.');
  return [figures, demand, ...(noisy ? [busy] : [])].join(' ');
}
