import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { RunSummary } from '../../../src/protocol/runs';
import { Button } from '../../ui/controls';
import { percent, span } from '../../ui/numbers';
import { t } from '../../ui/text';
import { ProgressBar } from '../Banners';
import { usePage } from '../modelPage';
import { runName } from '../words';
import { readBudget } from './budget';
import { liveOf, type Live } from './live';
import { AccuracyChart, ExpectedChart, LossChart } from './LiveCharts';
import { Selection } from './Selection';

const noUpdates = [] as const;

/** A run as it goes: its stage, what the search leans to, and where cost, loss and accuracy stand. */
export function LiveView({ run }: { readonly run: RunSummary }): JSX.Element {
  const page = usePage();
  const detail = page.runs.details.value.get(run.path);
  const updates = detail?.updates ?? noUpdates;
  const live = useMemo(() => liveOf(updates), [updates]);
  const request = detail?.request ?? page.start.defaults;
  const { resource } = request.budget;
  const now = page.plan.model.value?.now;
  const limit = now && readBudget(resource, request.budget.text, now).limit;
  return (
    <div class="live">
      <LiveHead run={run} live={live} />
      <div class="live-charts">
        <Selection live={live} search={request.search} />
        <div class="curves">
          <ExpectedChart live={live} resource={resource} limit={limit} />
          <LossChart live={live} />
          <AccuracyChart live={live} />
        </div>
      </div>
      {live.notes.length > 0 && (
        <section class="notes" aria-labelledby="notes-title">
          <h3 id="notes-title">{t('Notes')}</h3>
          <ul>
            {live.notes.map((note, index) => (
              <li key={index}>{note}</li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

function LiveHead({ run, live }: { readonly run: RunSummary; readonly live: Live }): JSX.Element {
  const page = usePage();
  const { runs } = page;
  const { progress } = live;
  const stage = progress?.stage ?? live.stage ?? t('starting');
  switch (run.state) {
    case 'running':
      return (
        <div class="live-head">
          <h2 aria-live="polite">{stage}</h2>
          <ProgressBar label={stage} fraction={progress?.fraction} />
          <span class="quiet">
            {progress && percent(progress.fraction, 0)}
            {progress?.etaMs !== undefined && `, ${t('{0} left', span(progress.etaMs))}`}
            {progress?.message !== undefined && `, ${progress.message}`}
          </span>
          <span class="grow" />
          <Button
            secondary
            title={t('Ends this stage with the best so far and goes on with the next.')}
            onClick={() => void runs.act('keepBest', run.path)}
          >
            {t('Keep Best')}
          </Button>
          <Button
            secondary
            title={t('Stops; what was reached stays on disk and can go on.')}
            onClick={() => void runs.act('stopRun', run.path)}
          >
            {t('Pause')}
          </Button>
          <Button
            secondary
            title={t('Stops and shows the form again. The run stays in the list and can be resumed.')}
            onClick={() => void runs.act('stopRun', run.path).then(() => runs.leave())}
          >
            {t('Cancel')}
          </Button>
        </div>
      );
    case 'unfinished':
      return (
        <div class="live-head">
          <h2>{t('Paused')}</h2>
          <span class="quiet">{run.result}</span>
          <span class="grow" />
          <Button onClick={() => void runs.act('resumeRun', run.path)}>{t('Resume')}</Button>
          <Button secondary onClick={() => runs.leave()}>
            {t('New Search...')}
          </Button>
        </div>
      );
    case 'finished':
      return (
        <div class="live-head">
          <h2 aria-live="polite">{t('Finished')}</h2>
          <span>{run.result}</span>
          <span class="grow" />
          <Button
            onClick={() => {
              void runs.choose(run.path);
              page.go('result');
              runs.leave();
            }}
          >
            {t('Show Result')}
          </Button>
          <Button secondary onClick={() => runs.leave()}>
            {t('New Search...')}
          </Button>
        </div>
      );
    case 'failed':
      return (
        <div class="live-head" role="alert">
          <h2>{t('Failed: run of {0}', runName(run))}</h2>
          <span>{run.result}</span>
          <span class="grow" />
          <RetryButton run={run} />
          <Button secondary onClick={() => page.client.tell('showLog', {})}>
            {t('Show Log')}
          </Button>
          <Button secondary onClick={() => runs.leave()}>
            {t('New Search...')}
          </Button>
        </div>
      );
  }
}

/** Starts the search again with a budget that can be met, where that is what it failed for. */
function RetryButton({ run: { path, reachable } }: { readonly run: RunSummary }): JSX.Element | null {
  const { runs, start } = usePage();
  const request = runs.details.value.get(path)?.request;
  if (reachable === undefined || !request) return null;
  return (
    <Button
      disabled={!start.trusted}
      onClick={() => void runs.begin({ ...request, budget: { ...request.budget, text: reachable } })}
    >
      {t('Try with {0}', reachable)}
    </Button>
  );
}
