import type { ComponentChildren, JSX } from 'preact';
import type { ModelSummary } from '../../src/protocol/model';
import { Button, LinkButton } from '../ui/controls';
import { percent, span } from '../ui/numbers';
import { t } from '../ui/text';
import { usePage } from './modelPage';

/** What stands in the way or is going on, each with what can be done about it. */
export function Banners({ summary }: { readonly summary: ModelSummary }): JSX.Element {
  const page = usePage();
  const { store, engine, file, start, client } = page;
  const failure = store.task.failure.value ?? page.runs.failure.value;
  return (
    <div class="banners">
      {file.value === 'gone' && (
        <Banner tone="warn">{t('The file is gone or was renamed. What is shown is how it was last read.')}</Banner>
      )}
      {engine.value !== 'running' && (
        <Banner
          tone="warn"
          action={<LinkButton onClick={() => client.tell('showLog', {})}>{t('Show Log')}</LinkButton>}
        >
          {engine.value === 'restarting'
            ? t('The engine stopped and is being restarted.')
            : t('The engine stopped. Figures here are the last ones known.')}
        </Banner>
      )}
      {!start.trusted && (
        <Banner tone="info">
          {t(
            'Restricted mode: the structure is shown. Measuring and searching run the model and need a trusted workspace.',
          )}
        </Banner>
      )}
      {summary.openSizes.length > 0 && (
        <Banner
          tone="info"
          action={
            <LinkButton onClick={() => void store.chooseInputDims(summary.openSizes)}>{t('Set Sizes...')}</LinkButton>
          }
        >
          {t('Sizes known only at run time are counted as 1: {0}.', summary.openSizes.join(', '))}
        </Banner>
      )}
      {failure && (
        <Banner
          tone="error"
          action={
            <>
              <LinkButton onClick={() => client.tell('showLog', {})}>{t('Show Log')}</LinkButton>
              <LinkButton
                onClick={() => {
                  store.task.failure.value = undefined;
                  page.runs.failure.value = undefined;
                }}
              >
                {t('Dismiss')}
              </LinkButton>
            </>
          }
        >
          {failure.message} {failure.hint}
        </Banner>
      )}
      <Working />
    </div>
  );
}

interface BannerProps {
  readonly tone: 'info' | 'warn' | 'error';
  readonly children: ComponentChildren;
  readonly action?: ComponentChildren;
}

export function Banner({ tone, children, action }: BannerProps): JSX.Element {
  return (
    <div class={`banner ${tone}`} role={tone === 'info' ? 'status' : 'alert'}>
      <span>{children}</span>
      {action}
    </div>
  );
}

/** How far a measurement is. Of it only the stage is read out, as it changes: the rest changes all the time. */
function Working(): JSX.Element | null {
  const page = usePage();
  const running = page.store.task.running.value;
  if (!running) return null;
  const { progress, cancel } = running;
  return (
    <div class="banner working">
      <ProgressBar label={progress?.stage ?? t('starting')} fraction={progress?.fraction} />
      <span role="status">{progress?.stage ?? t('starting')}</span>
      <span class="quiet">
        {progress && percent(progress.fraction, 0)}
        {progress?.etaMs !== undefined && `, ${t('{0} left', span(progress.etaMs))}`}
        {progress?.message !== undefined && `, ${progress.message}`}
      </span>
      <Button secondary onClick={cancel}>
        {t('Cancel')}
      </Button>
    </div>
  );
}

interface ProgressBarProps {
  readonly label: string;
  /** 0 to 1; not known when left out. */
  readonly fraction?: number;
}

export function ProgressBar({ label, fraction }: ProgressBarProps): JSX.Element {
  return <progress aria-label={label} max={1} value={fraction} />;
}
