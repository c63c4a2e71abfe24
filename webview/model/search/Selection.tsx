import type { JSX } from 'preact';
import type { SearchKind } from '../../../src/protocol/runs';
import { Figure } from '../../ui/DataTable';
import { HeatStrip } from '../../ui/HeatStrip';
import { fixed, percent } from '../../ui/numbers';
import { t } from '../../ui/text';
import { usePage } from '../modelPage';
import type { Live } from './live';

/** More rows than this are not drawn at every step; the table has them all. */
const mostRows = 48;

interface SelectionProps {
  readonly live: Live;
  readonly search?: SearchKind;
}

/** What the search leans to at each layer. */
export function Selection({ live, search = 'haloc' }: SelectionProps): JSX.Element {
  const { store } = usePage();
  const sites = live.probabilities?.sites ?? [];
  const time = (site: string): number => store.known(site)?.time?.ms ?? 0;
  const shown =
    sites.length <= mostRows ? sites : [...sites].sort((a, b) => time(b.site) - time(a.site)).slice(0, mostRows);
  const state = live.steps.at(-1);
  const label = (choice: number | 'keep'): string => (choice === 'keep' ? t('keep') : String(choice));
  return (
    <Figure
      title={t('Selection')}
      readout={
        state && t('epoch {0} of {1}, temperature {2}', state.epoch + 1, state.epochs, fixed(state.temperature, 2))
      }
      table={() => ({
        head: [t('Layer'), t('Choices and their probabilities')],
        rows: sites.map(({ site, choices, probabilities }) => [
          site,
          choices.map((choice, index) => `${label(choice)}: ${percent(probabilities[index], 0)}`).join(', '),
        ]),
      })}
    >
      {sites.length === 0 ? (
        <p class="quiet">
          {search === 'haloc'
            ? t('Shown as soon as the search trains probabilities.')
            : t('This search picks ranks at once: there are no probabilities to show.')}
        </p>
      ) : (
        <>
          <p class="legend">
            {t('Each row: ranks rising from left to right, then keep. The deeper the colour, the more likely.')}
            {shown.length < sites.length &&
              ` ${t('The {0} layers that take longest of {1}.', shown.length, sites.length)}`}
          </p>
          <HeatStrip
            rows={shown.map(({ site, choices, probabilities }) => ({
              name: site,
              cells: choices.map((choice, index) => ({ label: label(choice), share: probabilities[index] })),
            }))}
          />
        </>
      )}
    </Figure>
  );
}
