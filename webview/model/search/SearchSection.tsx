import type { JSX } from 'preact';

export function SearchSection(): JSX.Element {
  return <p />;
}
