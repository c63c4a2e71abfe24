import { endOfString, endOfTriple } from './repair';

/** Where a top-level statement stands, and the name it defines when it is a function or class. */
export interface Piece {
  readonly from: number;
  readonly to: number;
  readonly defines?: { readonly kind: 'function' | 'class'; readonly name: string };
}

export interface Pieces {
  readonly pieces: readonly Piece[];
  /** False when a bracket or string is open at the end of the text. */
  readonly closed: boolean;
}

/**
 * Splits a module into its top-level statements by their lines alone, so that only those that are asked for need be parsed. A
 * statement begins at a line that is not indented, stands in no bracket and no string, and continues no other (`else`, `except`,
 * what follows a decorator). Where the text ends within a bracket or string, some statement is half-typed, and statements begin
 * wherever a line looks like one.
 */
export function topLevelPieces(text: string): Pieces {
  const strict = split(text, false);
  return strict.closed ? strict : { ...split(text, true), closed: false };
}

const continues = /^(?:else|elif|except|finally)\b/;
/** Never inside a bracket. */
const surelyBegins = /^(?:(?:async +)?def +\w|class +\w|import +\w|from +\S+ +import\b)/;
const wordOrAt = /^[A-Za-z_@]/;
/** All beyond ASCII counts as letters: the class of all letters takes milliseconds to compile. */
const definition = /^(?:(?:async[ \t]+)?(def)|(class))[ \t]+([A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)/m;
/** A string of one line without anything special in it. */
const plainString = String.raw`"(?!"")[^"\\\n]*"|'(?!'')[^'\\\n]*'`;
/** Brackets with what they hold on one line, plain as well. */
const plainBrackets = String.raw`[([{](?:[^\n#\\"'()[\]{}]|${plainString})*[)\]}]`;
/** What ends no statement, string or bracket that it did not begin, up to the end of the last indented line: passed over at once. */
const plain = new RegExp(String.raw`(?:[^\n#\\"'()[\]{}]+|\n(?=[ \t\r\n])|${plainString}|${plainBrackets})*`, 'y');

function split(text: string, lenient: boolean): Pieces {
  const pieces: Piece[] = [];
  let start = -1;
  /** End of the last line with code. */
  let end = 0;
  let decorated = false;
  let depth = 0;
  let at = 0;
  let closed = true;
  const finish = (): void => {
    if (start >= 0) pieces.push(pieceOf(text, start, end));
    start = -1;
  };
  let lineStart = true;
  while (at < text.length) {
    if (lineStart) {
      lineStart = false;
      const indented = at;
      while (text.charCodeAt(at) === space || text.charCodeAt(at) === tab) at++;
      const first = text.charCodeAt(at);
      if (at < text.length && first !== newline && first !== carriageReturn && first !== hash) {
        const head = text.slice(at, at + longestHead);
        const begins = at === indented && (depth === 0 || surelyBegins.test(head) || (lenient && wordOrAt.test(head)));
        if (begins) {
          if (depth > 0) closed = false;
          if (!decorated && !continues.test(head)) finish();
          decorated = first === atSign;
          depth = 0;
        }
        if (start < 0) start = at;
      }
    }
    plain.lastIndex = at;
    // The first statement is looked for line by line: it may be indented by mistake.
    const mark = start >= 0 && plain.test(text) ? plain.lastIndex : at;
    let code = mark;
    while (code > at && text.charCodeAt(code - 1) <= space) code--;
    if (code > at) end = code;
    at = mark;
    const character = text.charCodeAt(at);
    if (character === newline) {
      lineStart = true;
      at++;
      continue;
    }
    if (character === hash) {
      const stop = text.indexOf('\n', at);
      at = stop < 0 ? text.length : stop;
      continue;
    }
    if (character === backslash) at += text.charCodeAt(at + 1) === carriageReturn ? 3 : 2;
    else if (character === quote || character === apostrophe) {
      const triple = text.charCodeAt(at + 1) === character && text.charCodeAt(at + 2) === character;
      const stop = triple ? endOfTriple(text, at, lenient) : endOfString(text, at);
      if (triple && (stop < 0 || !isTripleEnd(text, at, stop))) closed = false;
      at = Math.abs(stop);
      if (stop < 0) {
        depth = 0;
        lineStart = true;
      }
    } else if (at < text.length) {
      depth = opening.includes(text[at]) ? depth + 1 : Math.max(0, depth - 1);
      at++;
    } else break;
    end = Math.min(at, text.length);
  }
  if (depth > 0) closed = false;
  finish();
  return { pieces, closed };
}

const [newline, carriageReturn, space, tab, hash, backslash, quote, apostrophe, atSign] = [...'\n\r \t#\\"\'@'].map(
  (character) => character.charCodeAt(0),
);

const opening = '([{';

/** Characters of a line that tell whether it begins a statement. */
const longestHead = 80;

function isTripleEnd(text: string, from: number, to: number): boolean {
  return to - from >= 6 && text.slice(to - 3, to) === text.slice(from, from + 3);
}

function pieceOf(text: string, from: number, to: number): Piece {
  const head = text.slice(from, from + 6);
  if (!/^(?:@|def\b|class\b|async\b)/.test(head)) return { from, to };
  const found = definition.exec(text.slice(from, to));
  if (found === null) return { from, to };
  return { from, to, defines: { kind: found[1] === undefined ? 'class' : 'function', name: found[3] } };
}
