import type { JSX } from 'preact';

export function GraphSection(): JSX.Element {
  return <p />;
}
