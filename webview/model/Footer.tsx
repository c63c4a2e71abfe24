import type { JSX } from 'preact';
import { LinkButton } from '../ui/controls';
import { t } from '../ui/text';
import { usePage } from './modelPage';
import { metricText, runName, speedupText, verdictText } from './words';

/** The verdict of the latest run and what it rests on, always in sight. */
export function Footer(): JSX.Element {
  const page = usePage();
  const runs = page.runs.runs.value;
  const latest = runs.find(({ state }) => state === 'finished');
  const running = runs.find(({ state }) => state === 'running');
  const figures = latest?.figures;
  return (
    <footer>
      {running && <LinkButton onClick={() => page.go('search')}>{t('Running: {0}', running.result)}</LinkButton>}
      {latest && figures ? (
        <>
          <strong class={figures.verdict === 'accepted' ? 'accepted' : 'fell-back'}>
            {verdictText(figures.verdict)}
          </strong>
          <span>
            {t('{0}, measured on the written file', speedupText(figures.speedup))}
            {figures.metric !== undefined &&
              `; ${figures.metricName ?? t('accuracy')} ${metricText(figures.metric, figures.metricName)}`}
          </span>
          <span class="grow" />
          <span>{t('run of {0}', runName(latest))}</span>
          <LinkButton onClick={() => page.client.tell('openReport', { run: latest.path })}>
            {t('Open Report')}
          </LinkButton>
        </>
      ) : (
        !running && <span>{t('No run of this model has finished yet.')}</span>
      )}
    </footer>
  );
}
