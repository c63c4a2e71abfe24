/** What a token is; its text tells names, operators and keywords apart. */
export const enum Kind {
  Name,
  Keyword,
  Number,
  String,
  Operator,
  Newline,
  Indent,
  Dedent,
  End,
}

/** Thrown at what this parser does not read: an error in the text, or syntax that is too rare. */
export const notRead = new Error('not read directly');

/** Tokens of one stretch of text, as columns. */
export class Tokens {
  readonly kinds: Kind[] = [];
  readonly from: number[] = [];
  readonly to: number[] = [];
  /** Operators and keywords; empty for everything else. */
  readonly words: string[] = [];

  constructor(readonly text: string) {}

  push(kind: Kind, from: number, to: number, word = ''): void {
    this.kinds.push(kind);
    this.from.push(from);
    this.to.push(to);
    this.words.push(word);
  }
}

const keywords = new Set(
  (
    'False None True and as assert async await break class continue def del elif else except finally for from global if ' +
    'import in is lambda nonlocal not or pass raise return try while with yield'
  ).split(' '),
);

const [newline, carriageReturn, space, tab, formFeed, hash, backslash, quote, apostrophe, dot, zero, nine, underscore] =
  [...'\n\r \t\f#\\"\'.09_'].map((character) => character.charCodeAt(0));

const name = /[\w\u0080-\uffff]+/y;
const number =
  /(?:0[xX][\da-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d[\d_]*)?[jJ]?)(?![\w.])/y;
const operator = /\*\*=?|\/\/=?|>>=?|<<=?|->|:=|\.\.\.|[+\-*/%@&|^=!<>]=|[+\-*/%@&|^~<>=.,:;]/y;

function isLetter(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === underscore || code > 127;
}

function isDigit(code: number): boolean {
  return code >= zero && code <= nine;
}

/** Tokens between two offsets; `lines` tells whether lines and their indentation mean something. Throws `notRead`. */
export function tokensOf(text: string, from: number, to: number, lines: boolean): Tokens {
  const tokens = new Tokens(text);
  const indents = [0];
  let depth = 0;
  let at = from;
  let lineStart = lines;
  const sticky = (pattern: RegExp): number => {
    pattern.lastIndex = at;
    if (!pattern.test(text)) throw notRead;
    return pattern.lastIndex;
  };
  while (at < to) {
    if (lineStart) {
      lineStart = false;
      const column = indentAt(text, at);
      while (isBlank(text.charCodeAt(at))) at++;
      const first = text.charCodeAt(at);
      if (at >= to) break;
      if (first === newline || first === carriageReturn || first === hash) {
        // Blank.
      } else if (column > indents[indents.length - 1]) {
        indents.push(column);
        tokens.push(Kind.Indent, at, at);
      } else {
        while (column < indents[indents.length - 1]) {
          indents.pop();
          tokens.push(Kind.Dedent, at, at);
        }
        if (column !== indents[indents.length - 1]) throw notRead;
      }
    }
    const code = text.charCodeAt(at);
    if (isBlank(code)) at++;
    else if (code === newline || code === carriageReturn) {
      if (depth === 0 && lines) {
        const last = tokens.kinds[tokens.kinds.length - 1];
        if (last !== undefined && last < Kind.Newline) tokens.push(Kind.Newline, at, at + 1);
        lineStart = true;
      }
      at++;
    } else if (code === hash) {
      const end = text.indexOf('\n', at);
      at = end < 0 ? to : end;
    } else if (code === backslash) {
      if (text.charCodeAt(at + 1) !== newline) throw notRead;
      at += 2;
    } else if (isLetter(code)) {
      const end = sticky(name);
      const next = text.charCodeAt(end);
      if (next === quote || next === apostrophe) {
        if (!/^(?:[rbuf]|br|rb|fr|rf)$/i.test(text.slice(at, end))) throw notRead;
        const stop = stringEnd(text, end, next);
        tokens.push(Kind.String, at, stop);
        at = stop;
      } else {
        const word = text.slice(at, end);
        if (keywords.has(word)) tokens.push(Kind.Keyword, at, end, word);
        else tokens.push(Kind.Name, at, end);
        at = end;
      }
    } else if (code === quote || code === apostrophe) {
      const stop = stringEnd(text, at, code);
      tokens.push(Kind.String, at, stop);
      at = stop;
    } else if (isDigit(code) || (code === dot && isDigit(text.charCodeAt(at + 1)))) {
      const end = sticky(number);
      tokens.push(Kind.Number, at, end);
      at = end;
    } else if (code === 40 || code === 91 || code === 123) {
      depth++;
      tokens.push(Kind.Operator, at, at + 1, text[at++]);
    } else if (code === 41 || code === 93 || code === 125) {
      if (--depth < 0) throw notRead;
      tokens.push(Kind.Operator, at, at + 1, text[at++]);
    } else {
      const end = sticky(operator);
      tokens.push(Kind.Operator, at, end, text.slice(at, end));
      at = end;
    }
  }
  if (depth !== 0 || at > to) throw notRead;
  if (lines) {
    if (tokens.kinds[tokens.kinds.length - 1] !== Kind.Newline) tokens.push(Kind.Newline, to, to);
    while (indents.pop() !== 0) tokens.push(Kind.Dedent, to, to);
  }
  tokens.push(Kind.End, to, to);
  return tokens;
}

function isBlank(code: number): boolean {
  return code === space || code === tab || code === formFeed;
}

function indentAt(text: string, start: number): number {
  let column = 0;
  for (let at = start; ; at++) {
    const code = text.charCodeAt(at);
    if (code === space) column++;
    else if (code === tab) column += 8 - (column % 8);
    else if (code !== formFeed) return column;
  }
}

/** End of the string whose opening quote stands at `at`. */
function stringEnd(text: string, at: number, mark: number): number {
  if (text.charCodeAt(at + 1) === mark && text.charCodeAt(at + 2) === mark) {
    const triple = text.slice(at, at + 3);
    let end = text.indexOf(triple, at + 3);
    while (end > 0 && isEscaped(text, end)) end = text.indexOf(triple, end + 1);
    if (end < 0) throw notRead;
    return end + 3;
  }
  for (let end = at + 1; end < text.length; end++) {
    const code = text.charCodeAt(end);
    if (code === mark) return end + 1;
    if (code === newline) throw notRead;
    if (code === backslash) end++;
  }
  throw notRead;
}

function isEscaped(text: string, at: number): boolean {
  let start = at;
  while (text.charCodeAt(start - 1) === backslash) start--;
  return (at - start) % 2 === 1;
}
