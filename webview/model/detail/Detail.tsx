import type { JSX } from 'preact';
import { Button } from '../../ui/controls';
import { percent } from '../../ui/numbers';
import { t } from '../../ui/text';
import { usePage } from '../modelPage';
import { kindOf, shapeOf } from '../words';
import { ErrorChart } from './ErrorChart';
import { LatencyChart } from './LatencyChart';
import { RankControl } from './RankControl';
import { SpectrumChart } from './SpectrumChart';
import { WhatIfTable } from './WhatIfTable';

/** The chosen layer: what each rank would cost and lose, and what that makes of the model. */
export function Detail({ layer: name }: { readonly layer: string }): JSX.Element | null {
  const page = usePage();
  const known = page.store.known(name);
  if (!known) return null;
  const { layer, detail } = known;
  const excluded = page.plan.excluded.value.has(name);
  return (
    <aside class="detail" aria-label={t('Layer {0}', name)}>
      <h2 title={name}>{name}</h2>
      <p class="quiet">
        {kindOf(layer)}, {shapeOf(layer)}
        {detail && detail.sparsity > 0 && `, ${t('{0} zeros', percent(detail.sparsity))}`}
      </p>
      {layer.site ? (
        <>
          <RankControl known={known} site={layer.site} excluded={excluded} />
          <WhatIfTable known={known} />
          <LatencyChart known={known} site={layer.site} />
          <ErrorChart known={known} site={layer.site} />
        </>
      ) : (
        <p class="reason">
          {t('This layer keeps its form.')} {layer.reason}
        </p>
      )}
      {detail ? (
        <SpectrumChart detail={detail} />
      ) : (
        <p class="quiet" role="status">
          {t('Reading the weight...')}
        </p>
      )}
      {excluded && (
        <p class="reason">
          {t('Excluded: searches leave this layer as it is.')}{' '}
          <Button secondary onClick={() => page.plan.exclude(name, false)}>
            {t('Include')}
          </Button>
        </p>
      )}
    </aside>
  );
}
