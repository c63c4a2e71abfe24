import type { JSX } from 'preact';
import { usePage } from '../modelPage';
import { LiveView } from './LiveView';
import { SearchForm } from './SearchForm';

/** The search: what it is asked for, and what it does once it runs. */
export function SearchSection(): JSX.Element {
  const { runs } = usePage();
  const live = runs.live.value;
  return <div class="search">{live ? <LiveView run={live} /> : <SearchForm />}</div>;
}
