import type { JSX } from 'preact';
import { Button } from '../../ui/controls';
import { t } from '../../ui/text';
import { usePage } from '../modelPage';
import { runName } from '../words';

/** Runs that stopped on their way and can go on. */
export function UnfinishedRuns(): JSX.Element | null {
  const page = usePage();
  const unfinished = page.runs.runs.value.filter(({ state }) => state === 'unfinished');
  if (unfinished.length === 0) return null;
  return (
    <section class="unfinished" aria-labelledby="unfinished-title">
      <h3 id="unfinished-title">{t('Stopped on their way')}</h3>
      <ul>
        {unfinished.map((run) => (
          <li key={run.path}>
            <span>
              {runName(run)} <span class="quiet">{run.result}</span>
            </span>
            <Button secondary onClick={() => void page.runs.act('resumeRun', run.path)}>
              {t('Resume')}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
