import type { JSX } from 'preact';
import type { CompressionRequest } from '../../../src/protocol/runs';
import { fixed, integer, percent } from '../../ui/numbers';
import { t } from '../../ui/text';
import { usePage } from '../modelPage';
import { deviceName } from '../words';
import { amount, costNow, type BudgetReading } from './budget';

interface SummaryProps {
  readonly request: CompressionRequest;
  readonly budget: BudgetReading;
}

/** What the form amounts to, in sentences, before anything is started. */
export function SearchSummary({ request, budget }: SummaryProps): JSX.Element {
  const page = usePage();
  const now = page.plan.model.value?.now;
  const { resource } = request.budget;
  const cost = now && costNow(resource, now);
  const sites = page.store.layers.value.filter(({ site }) => site);
  const excluded = sites.filter(({ name }) => page.plan.excluded.value.has(name));
  const pinned = Object.keys(request.pinned ?? {}).length;
  const { summary } = page.store;
  const obstacle = summary.value.state === 'ready' ? summary.value.value.trainingObstacle : undefined;
  const share = budget.share ?? 1;
  return (
    <section class="summary" aria-label={t('What will be done')}>
      <div class="budget-line">
        <strong>{cost === undefined ? t('not measured yet') : amount(resource, cost)}</strong>
        <span class="arrow" aria-hidden="true">
          {'\u2192'}
        </span>
        <strong class="planned">
          {budget.limit === undefined ? request.budget.text : t('at most {0}', amount(resource, budget.limit))}
        </strong>
      </div>
      <div class="bar planned estimated budget-bar" aria-hidden="true">
        <i style={{ width: percent(Math.min(1, share), 2).replace(/\s/, '') }} />
      </div>
      <ul>
        <li>
          {t('{0} of {1} layers take part', sites.length - excluded.length, page.store.layers.value.length)}
          {pinned > 0 && `, ${pinned === 1 ? t('1 of them pinned') : t('{0} of them pinned', pinned)}`}.
        </li>
        <li>{t('Times are measured on {0}.', deviceName(request.device ?? page.start.device))}</li>
        <li>
          {obstacle ??
            (request.data
              ? t(
                  '{0} trains and judges; at most {1} points may be lost.',
                  request.data,
                  fixed(request.maxDrop ?? 0, 1),
                )
              : t('Without data nothing is trained and accuracy is not verified.'))}
        </li>
        {request.data && request.samples !== undefined && (
          <li>{t('Only {0} samples each are drawn for training and judging.', integer(request.samples))}</li>
        )}
        <li>{t('The model file is not changed. A model that is not faster is not handed over.')}</li>
      </ul>
    </section>
  );
}
