import type { JSX } from 'preact';
import type { Report } from '../../../src/protocol/report';
import { moment, span, times } from '../../ui/numbers';
import { t } from '../../ui/text';
import { deviceName, gateName, verdictText } from '../words';

export function Verdict({ report }: { readonly report: Report }): JSX.Element {
  const { verdict, speedup } = report;
  return (
    <section class="verdict" aria-label={t('Verdict')}>
      <p class="headline">
        <strong class={verdict}>{verdictText(verdict)}</strong>
        {verdict === 'accepted' && (
          <>
            <span class="speedup">{times(speedup.median)}</span>
            <span class="quiet">
              {t('95 %: {0} to {1}, source and result measured in pairs', times(speedup.low), times(speedup.high))}
            </span>
          </>
        )}
      </p>
      <p>{report.why}</p>
    </section>
  );
}

export function Gates({ report }: { readonly report: Report }): JSX.Element {
  return (
    <ul class="gates" aria-label={t('Gates')}>
      {report.gates.map(({ name, passed, detail }) => (
        <li key={name} class={passed ? 'passed' : 'failed'}>
          <span class="sign" aria-hidden="true">
            {passed ? '\u2713' : '\u2717'}
          </span>
          <span class="gate">{gateName(name)}</span>
          <span class="sr-only">{passed ? t('passed') : t('failed')}</span>
          <span class="quiet">{detail}</span>
        </li>
      ))}
    </ul>
  );
}

/** In what circumstances the figures came about. */
export function Circumstances({ report }: { readonly report: Report }): JSX.Element {
  const { environment, device, secondsByStage, tableCheck, notes, search, seed, budget, data } = report;
  const seconds = Object.entries(secondsByStage);
  return (
    <section class="circumstances" aria-labelledby="circumstances-title">
      <h3 id="circumstances-title">{t('How this was obtained')}</h3>
      <p class="quiet">
        {t('Search {0}, {1}, seed {2}', search, budget.text, seed)}
        {data !== undefined && `, ${t('data {0}', data)}`}.
      </p>
      <p class="quiet">
        {environment.cpu}, {deviceName(device)}, ONNX Runtime {environment.runtime}, {environment.platform},{' '}
        {moment(environment.time)}.
      </p>
      {tableCheck && (
        <p class="quiet">{t('The layers of the table add up to {0} of the whole model.', times(tableCheck.ratio))}</p>
      )}
      {seconds.length > 0 && (
        <p class="quiet">{seconds.map(([stage, value]) => `${stage} ${span(1000 * value)}`).join(', ')}.</p>
      )}
      {notes.map((note) => (
        <p key={note} class="quiet">
          {note}
        </p>
      ))}
    </section>
  );
}
