import type { Expression, FormatPart } from '../ast';
import { literalParts, unescape } from '../strings';
import { notRead } from './tokens';

/**
 * Parts of an `f"..."`; `read` gives the expression between two places of it. What is nested in it beyond plain expressions is
 * not read.
 */
export function formatParts(text: string, read: (from: number, to: number) => Expression): (string | FormatPart)[] {
  const { raw, from, to } = literalParts(text);
  const parts: (string | FormatPart)[] = [];
  const literal = (begin: number, end: number): string => {
    const piece = text.slice(begin, end).replace(/\{\{/g, '{').replace(/\}\}/g, '}');
    return raw ? piece : unescape(piece);
  };
  let done = from;
  for (let at = from; at < to; at++) {
    const character = text[at];
    if (character !== '{' && character !== '}') continue;
    if (text[at + 1] === character) {
      at++;
      continue;
    }
    const end = character === '{' ? endOfReplacement(text, at + 1, to) : -1;
    const tail = end < 0 ? null : tailPattern.exec(text.slice(end, to));
    if (tail === null) throw notRead;
    parts.push(literal(done, at), { value: read(at + 1, end), conversion: tail[1] ?? '', spec: tail[2] ?? '' });
    at = end + tail[0].length - 1;
    done = at + 1;
  }
  parts.push(literal(done, to));
  return parts;
}

/** Conversion and format after the expression. */
const tailPattern = /^(?:!([rsa]))?(?::([^{}'"\\\n]*))?\}/;

/** Where the expression of a replacement ends, or -1. */
function endOfReplacement(text: string, from: number, to: number): number {
  let depth = 0;
  for (let at = from; at < to; at++) {
    const character = text[at];
    if (character === '"' || character === "'") {
      const end = text.indexOf(character, at + 1);
      if (end < 0 || end >= to) return -1;
      at = end;
    } else if ('([{'.includes(character)) depth++;
    else if (depth > 0 && ')]}'.includes(character)) depth--;
    else if (character === '\\' || character === '#' || character === '\n' || character === '=') return -1;
    else if (depth === 0 && '!:}'.includes(character)) return at;
  }
  return -1;
}
