import type { JSX } from 'preact';
import type { Report } from '../../../src/protocol/report';
import { Button } from '../../ui/controls';
import { percent, span } from '../../ui/numbers';
import { t } from '../../ui/text';
import { ProgressBar } from '../Banners';
import { usePage } from '../modelPage';
import { Problem } from '../Problem';
import { speedupText } from '../words';

/** Compares the outputs of source and result, layer by layer, when asked for: both models run for it. */
export function Likeness({ run, report }: { readonly run: string; readonly report: Report }): JSX.Element {
  const page = usePage();
  const { comparing, comparisons } = page.runs;
  const comparison = comparisons.value.get(run);
  const working = comparing.running.value;
  const failure = comparing.failure.value;
  if (comparison) {
    const { agreement, agreementOn, samples, speedup } = comparison;
    return (
      <p class="likeness">
        {agreementOn === 'class'
          ? t('Same class on {0} of {1} samples', percent(agreement), samples)
          : t('Outputs alike to {0} on {1} samples', percent(agreement), samples)}
        {'; '}
        {t('measured again: {0}', speedupText(speedup))}
        {comparison.noisy && `, ${t('on a noisy machine')}`}.{' '}
        <span class="quiet">{t('How far the outputs of each layer differ stands in the table.')}</span>
      </p>
    );
  }
  if (working) {
    const { progress } = working;
    return (
      <div class="likeness working">
        <ProgressBar label={t('Comparing outputs')} fraction={progress?.fraction} />
        <span role="status">{progress?.stage ?? t('Comparing outputs')}</span>
        <span class="quiet">{progress?.etaMs !== undefined && t('{0} left', span(progress.etaMs))}</span>
        <Button secondary onClick={working.cancel}>
          {t('Cancel')}
        </Button>
      </div>
    );
  }
  return (
    <div class="likeness">
      {failure && <Problem failure={failure} />}
      <Button
        secondary
        disabled={!page.start.trusted || report.verdict !== 'accepted'}
        title={report.verdict === 'accepted' ? undefined : t('The source itself was handed over.')}
        onClick={() => void page.runs.compare(run)}
      >
        {t('Compare Outputs')}
      </Button>
      <span class="quiet">{t('Runs both models and tells how alike the outputs of every layer are.')}</span>
    </div>
  );
}
