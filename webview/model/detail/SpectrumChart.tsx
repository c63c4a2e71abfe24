import type { JSX } from 'preact';
import type { LayerDetail } from '../../../src/protocol/model';
import { Chart } from '../../ui/Chart';
import { fixed, percent } from '../../ui/numbers';
import { t } from '../../ui/text';

/** The singular values of the layer's weight. */
export function SpectrumChart({ detail }: { readonly detail: LayerDetail }): JSX.Element | null {
  const values = detail.singularValues;
  if (values.length === 0) return null;
  const points = values.map((y, index) => ({ x: index + 1, y }));
  const total = values.reduce((sum, value) => sum + value * value, 0);
  return (
    <Chart
      title={t('Singular values')}
      height={100}
      x={{ min: 1, max: Math.max(2, values.length), format: String }}
      y={{ min: 0, max: values[0] || 1, format: (value) => fixed(value, values[0] < 10 ? 1 : 0) }}
      series={[{ name: 'values', points, kind: 'line', color: 'rank' }]}
      describe={(index) =>
        t(
          'value {0}: {1}, {2} of the energy',
          index,
          fixed(values[index - 1], 3),
          percent(values[index - 1] ** 2 / total),
        )
      }
      table={() => ({
        head: [t('Number'), t('Singular value'), t('Share of the energy')],
        rows: values.map((value, index) => [index + 1, fixed(value, 4), percent(value ** 2 / total, 2)]),
      })}
    />
  );
}
