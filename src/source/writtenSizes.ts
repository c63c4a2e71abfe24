import { ofText } from './syntax/parse';

/** A size as it may be written: a number, a name, an attribute such as `args.size`. */
export const sizeWord = String.raw`[A-Za-z_][\w.]*|\d+`;

/** What a size means that is written in a text; undefined where the text does not tell, or tells several. */
export const sizeIn = ofText(({ text }) => {
  let told: { names: Map<string, string>; options: Map<string, string> } | undefined;
  return (word: string): number | undefined => {
    if (/^\d+$/.test(word)) return Number(word);
    told ??= { names: firstOf(text, assignment), options: firstOf(text, option) };
    const name = word.slice(word.lastIndexOf('.') + 1);
    const value = (word.includes('.') ? told.options : told.names).get(name);
    return value !== undefined && /^\d+$/.test(value) ? Number(value) : undefined;
  };
});

/** `size = 64`, `size: int = 64` and `def f(size=64)`. */
const assignment = /(?<![\w.])([A-Za-z_]\w*) *(?:: *int *)?=(?!=) *([^\n,)#]*)/g;
/** `'--size', type=int, default=64`. */
const option = /['"]--([\w-]+)['"][^()'"]{0,200}?\bdefault *= *([^\n,)]*)/g;

/** What is given to each name; the empty text for those that are given different things. */
function firstOf(text: string, pattern: RegExp): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, written, given] of text.matchAll(pattern)) {
    const [name, value] = [written.replace(/-/g, '_'), given.trim()];
    found.set(name, found.has(name) && found.get(name) !== value ? '' : value);
  }
  return found;
}
