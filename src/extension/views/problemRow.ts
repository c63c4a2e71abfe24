import { failureOf } from '../failure';
import { t } from '../l10n';
import { escape, listed, type Row } from './row';

/** Stands where rows can't be shown, and says why. */
export function problemRow(place: string, error: unknown): Row {
  const { message, hint } = failureOf(error);
  return {
    id: `${place}#problem`,
    label: message,
    icon: 'error',
    color: 'errorForeground',
    context: 'layerwise.problem',
    accessible: listed(t('Problem'), message, hint),
  };
}

export function problemTooltip(error: unknown): string {
  const { message, hint } = failureOf(error);
  return [message, hint].flatMap((text) => (text ? [escape(text)] : [])).join('\n\n');
}
