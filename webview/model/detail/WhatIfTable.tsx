import type { ComponentChildren, JSX } from 'preact';
import { bytes, ms, percent, si, timeDecimals } from '../../ui/numbers';
import { t } from '../../ui/text';
import { usePage } from '../modelPage';
import { costAt, keptEnergy, type Known, type Time } from '../whatIf';
import { errorText, timeFigure, timeText } from '../words';

/** Layer and model, now and at the planned ranks. */
export function WhatIfTable({ known }: { readonly known: Known }): JSX.Element | null {
  const { plan } = usePage();
  const model = plan.model.value;
  const after = plan.costs.value.get(known.layer.name);
  if (!model) return null;
  const before = costAt(known, undefined);
  const whole = model.planned;
  return (
    <table class="what-if" aria-label={t('Now and planned')}>
      <thead>
        <tr>
          <td />
          <th scope="col" colSpan={2}>
            {t('Layer')}
          </th>
          <th scope="col" colSpan={2}>
            {t('Model')}
          </th>
        </tr>
      </thead>
      <tbody>
        <tr>
          <th scope="row">{t('Latency')}</th>
          <Now>{before.time && <TimeText time={before.time} />}</Now>
          <Planned>{after?.time && <TimeText time={after.time} like={before.time} />}</Planned>
          <Now>{model.now.time && <TimeText time={model.now.time} />}</Now>
          <Planned>{whole?.time && <TimeText time={whole.time} like={model.now.time} />}</Planned>
        </tr>
        <tr>
          <th scope="row">{t('MACs')}</th>
          <Now>{si(known.layer.macs)}</Now>
          <Planned>{after?.macs !== undefined && si(after.macs)}</Planned>
          <Now>{si(model.now.macs)}</Now>
          <Planned>{whole && si(whole.macs)}</Planned>
        </tr>
        <tr>
          <th scope="row">{t('Weights')}</th>
          <Now>{bytes(known.layer.bytes)}</Now>
          <Planned>{after?.bytes !== undefined && bytes(after.bytes)}</Planned>
          <Now>{bytes(model.now.bytes)}</Now>
          <Planned>{whole && bytes(whole.bytes)}</Planned>
        </tr>
        <tr>
          <th scope="row">{t('Error')}</th>
          <Now />
          <Planned>{after && errorText(after)}</Planned>
          <td class="note" colSpan={2}>
            {after?.error !== undefined && t('{0} of the energy kept', percent(keptEnergy(after.error)))}
          </td>
        </tr>
      </tbody>
    </table>
  );
}

function Now({ children }: { readonly children?: ComponentChildren }): JSX.Element {
  return <td>{children || <span class="quiet">-</span>}</td>;
}

function Planned({ children }: { readonly children?: ComponentChildren }): JSX.Element {
  return <td class="planned">{children || ''}</td>;
}

function TimeText({ time, like }: { readonly time: Time; readonly like?: Time }): JSX.Element {
  const decimals = timeDecimals((like ?? time).ms);
  const text = time.origin === 'estimated' ? `${timeFigure(time, decimals)}\u202fms` : ms(time.ms, decimals);
  return <span title={timeText(time)}>{text}</span>;
}
