import type { JSX } from 'preact';

/** Letters of a name that a table shows; a longer one loses its middle, as both ends tell names apart. */
const mostLetters = 32;

/** Pixels that a letter takes, about, and what stands beside the name. */
const letterWidth = 7.2;
const besideWidth = 46;

/** The name of a layer: whole for the pointer and for screen readers, and to be seen as far as there is room. */
export function Name({ children: name }: { readonly children: string }): JSX.Element {
  const shown = elided(name, mostLetters);
  return (
    <span class="name" title={name}>
      {shown === name ? (
        name
      ) : (
        <>
          <span aria-hidden="true">{shown}</span>
          <span class="sr-only">{name}</span>
        </>
      )}
    </span>
  );
}

/** A name in so many letters: of its beginning and its end. */
export function elided(name: string, letters: number): string {
  if (name.length <= letters) return name;
  const start = Math.floor((letters - 1) / 2);
  return `${name.slice(0, start)}\u2026${name.slice(start + 1 - letters)}`;
}

/** Width of a column in which these names can be read. */
export function nameWidth(names: readonly string[]): number {
  const longest = names.reduce((letters, { length }) => Math.max(letters, length), 16);
  return Math.round(besideWidth + letterWidth * Math.min(longest, mostLetters));
}
