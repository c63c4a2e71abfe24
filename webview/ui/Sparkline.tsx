import type { JSX } from 'preact';

const width = 64;
const height = 18;
const mostPoints = 32;

/** Falling values as a small line; without words, so what it shows must also stand elsewhere. */
export function Sparkline({ values }: { readonly values: readonly number[] }): JSX.Element {
  const count = Math.min(values.length, mostPoints);
  const largest = values[0] || 1;
  const points = Array.from({ length: count }, (_, i) => {
    const value = values[Math.round((i * (values.length - 1)) / Math.max(1, count - 1))];
    const x = 1 + (i * (width - 2)) / Math.max(1, count - 1);
    return `${x.toFixed(1)},${(height - 1.5 - (height - 3) * (value / largest)).toFixed(1)}`;
  });
  return (
    <svg class="spark" width={width} height={height} aria-hidden="true">
      <polyline points={points.join(' ')} />
    </svg>
  );
}
