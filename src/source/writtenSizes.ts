import { ofText } from './syntax/parse';

/** A size as it may be written: a number, a name, an attribute such as `args.size`. */
export const sizeWord = String.raw`[A-Za-z_][\w.]*|\d+`;

/** What a size means that is written in a text; undefined where the text does not tell, or tells several. */
export const sizeIn = ofText(({ text }) => {
  const known = new Map<string, number | undefined>();
  return (word: string): number | undefined => {
    if (/^\d+$/.test(word)) return Number(word);
    if (!known.has(word)) known.set(word, meaning(text, word));
    return known.get(word);
  };
});

/** `size = 64`, `size: int = 64` and `def f(size=64)`; of `args.size` the default of `--size`. */
function meaning(text: string, word: string): number | undefined {
  const name = word.slice(word.lastIndexOf('.') + 1);
  const option = new RegExp(String.raw`['"]--${name.replace(/_/g, '[-_]')}['"][^()]*\bdefault\s*=\s*(\d+)\b`, 'g');
  const assigned = new RegExp(String.raw`(?<![\w.])${name}\s*(?::\s*int\s*)?=\s*(\d+)\b(?!\s*[.*/+-])`, 'g');
  const values = [...text.matchAll(word.includes('.') ? option : assigned)].map((match) => Number(match[1]));
  return new Set(values).size === 1 ? values[0] : undefined;
}
