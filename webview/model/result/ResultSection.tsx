import type { JSX } from 'preact';

export function ResultSection(): JSX.Element {
  return <p />;
}
