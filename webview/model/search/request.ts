import type { CompressionRequest } from '../../../src/protocol/runs';
import { t } from '../../ui/text';
import type { ModelPage } from '../modelPage';
import type { FormDraft } from '../viewState';

/** What the form asks for: what was typed, over the defaults, with the layers left out and the pinned ranks. */
export function requestOf({ start, plan }: ModelPage, form: FormDraft): CompressionRequest {
  const pinned = plan.pinned.value;
  const excluded = [...plan.excluded.value];
  return {
    ...start.defaults,
    data: start.defaults.data ?? start.dataSets.at(0),
    device: start.device,
    ...form,
    model: start.model,
    exclude: excluded,
    pinned: Object.fromEntries(Object.entries(pinned).filter(([layer]) => !excluded.includes(layer))),
  };
}

/** What is wrong with a number that may also be left to the engine. */
export function numberProblem(value: number | undefined, least: number): string | undefined {
  if (value === undefined) return undefined;
  return value >= least ? undefined : t('A number of at least {0}.', least);
}
