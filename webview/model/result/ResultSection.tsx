import type { JSX } from 'preact';
import { Button, Select } from '../../ui/controls';
import { t } from '../../ui/text';
import { usePage } from '../modelPage';
import { runName, verdictText } from '../words';
import { Likeness } from './Likeness';
import { ParetoChart } from './ParetoChart';
import { ResultLayers } from './ResultLayers';
import { Circumstances, Gates, Verdict } from './Verdict';
import { WholeTable } from './WholeTable';

/** What a finished run reached, and how that was proved. */
export function ResultSection(): JSX.Element {
  const page = usePage();
  const { runs, client } = page;
  const shown = runs.shown.value;
  const finished = runs.runs.value.filter(({ state }) => state === 'finished');
  if (!shown) {
    return (
      <div class="result empty">
        <p>{t('No run of this model has finished yet. A search makes a faster model and proves it here.')}</p>
        <Button disabled={!page.start.trusted} onClick={() => page.go('search')}>
          {t('Search...')}
        </Button>
      </div>
    );
  }
  const detail = runs.details.value.get(shown.path);
  const report = detail?.report;
  if (!detail) void runs.show(shown.path);
  return (
    <div class="result">
      <div class="result-head">
        <Select
          quiet
          label={t('Run')}
          value={shown.path}
          options={finished.map((run) => ({
            value: run.path,
            label: run.figures ? `${runName(run)}: ${verdictText(run.figures.verdict)}` : runName(run),
          }))}
          onChange={(path) => void runs.choose(path)}
        />
        <span class="grow" />
        <Button
          disabled={report?.verdict !== 'accepted'}
          title={report?.verdict === 'accepted' ? undefined : t('No faster model came of this run.')}
          onClick={() => client.tell('saveModelAs', { run: shown.path })}
        >
          {t('Save Model As...')}
        </Button>
        <Button
          secondary
          disabled={report?.verdict !== 'accepted'}
          onClick={() => report && client.tell('openModel', { path: report.model.result })}
        >
          {t('Open Model')}
        </Button>
        <Button secondary disabled={!detail?.plan} onClick={() => client.tell('copyPlan', { run: shown.path })}>
          {t('Copy Plan')}
        </Button>
        <Button secondary disabled={!report} onClick={() => client.tell('openReport', { run: shown.path })}>
          {t('Open Report')}
        </Button>
      </div>
      {report ? (
        <>
          <div class="result-top">
            <div class="result-words">
              <Verdict report={report} />
              <Gates report={report} />
              <WholeTable report={report} />
            </div>
            <div class="result-pictures">
              <ParetoChart shown={shown.path} />
              <Circumstances report={report} />
            </div>
          </div>
          <Likeness run={shown.path} report={report} />
          <ResultLayers run={shown.path} report={report} />
        </>
      ) : (
        <p class="quiet" role="status">
          {t('Reading the report...')}
        </p>
      )}
    </div>
  );
}
