import type { JSX } from 'preact';
import { t } from '../../ui/text';
import type { Row } from './rows';

/** What becomes of a layer in a search, in words. */
export function statusText({ layer, excluded, pinned, planned }: Row): string {
  if (!layer.site) return t('keep: {0}', layer.reason);
  if (excluded) return t('excluded');
  if (pinned !== undefined) return t('pinned at {0}', pinned);
  if (planned?.source === 'tried') return t('rank {0} tried', planned.rank);
  if (planned?.source === 'run') return t('rank {0} by the latest run', planned.rank);
  return layer.site.method === 'tucker' ? t('search, Tucker-2') : t('search, SVD');
}

/** The same as a sign before the name: full where a method can act, open where it can't or may not. */
export function StatusMark({ row }: { readonly row: Row }): JSX.Element {
  const kind = !row.layer.site ? 'none' : row.excluded ? 'excluded' : row.pinned !== undefined ? 'pinned' : 'site';
  return <span class={`status-mark ${kind}`} title={statusText(row)} aria-hidden="true" />;
}
