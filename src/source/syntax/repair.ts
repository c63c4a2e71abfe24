/**
 * Takes a half-typed statement out of a text, so that the statements after it keep their meaning.
 *
 * An unclosed bracket or triple quote would swallow the lines that follow. Where such a thing is found, the unfinished
 * statement is overwritten with spaces (and `pass` or `if 1:`, where a block would lose its body), so that every other character
 * keeps its offset. Only texts that do not parse come here.
 */
export function withoutUnfinished(text: string): string {
  const edits: { from: number; to: number; word: string }[] = [];
  let depth = 0;
  let statementStart = 0;
  let statementIndent = 0;
  let at = 0;
  let lineStart = true;
  const giveUp = (end: number): void => {
    const begin = statementStart + statementIndent;
    const header = blockHeader.test(text.slice(begin, begin + 12));
    edits.push({ from: begin, to: end, word: header ? 'if 1:' : 'pass' });
    depth = 0;
  };
  while (at < text.length) {
    if (lineStart) {
      const line = lineAt(text, at);
      const indent = /^[ \t]*/.exec(line)![0].length;
      const content = line.slice(indent);
      if (content !== '' && !content.startsWith('#')) {
        const unfinished =
          depth > 0 && ((indent <= statementIndent && /^[A-Za-z_@]/.test(content)) || surelyStatement.test(content));
        if (unfinished) giveUp(at);
        if (depth === 0) {
          statementStart = at;
          statementIndent = indent;
        }
      }
      at += indent;
      lineStart = false;
      continue;
    }
    const character = text[at];
    if (character === '\n') {
      lineStart = true;
      at++;
    } else if (character === '\\') at += 2;
    else if (character === '#') {
      while (at < text.length && text[at] !== '\n') at++;
    } else if (character === '"' || character === "'") {
      const triple = text.startsWith(character.repeat(3), at);
      const end = triple ? endOfTriple(text, at, true) : endOfString(text, at);
      if (end < 0) {
        giveUp(-end);
        at = -end;
        lineStart = true;
      } else at = end;
    } else {
      if ('([{'.includes(character)) depth++;
      else if (')]}'.includes(character)) depth = Math.max(0, depth - 1);
      at++;
    }
  }
  if (depth > 0) giveUp(text.length);
  return edits.reduceRight((result, { from, to, word }) => {
    const blank = result.slice(from, to).replace(/[^\n]/g, ' ');
    const room = blank.indexOf('\n') < 0 ? blank.length : blank.indexOf('\n');
    const filled = room >= word.length ? word + blank.slice(word.length) : blank;
    return result.slice(0, from) + filled + result.slice(to);
  }, text);
}

const blockHeader = /^(if|for|while|with|elif|else|try|except|def|class|async)\b/;
const surelyStatement =
  /^(def \w|class \w|return\b|raise\b|import \w|from \S+ import|@\w|elif\b|while\b|with\b|try:|except\b|pass\b|self\.\w+ *= *[^=]|super\(\)\.__init__)/;

function lineAt(text: string, at: number): string {
  const end = text.indexOf('\n', at);
  return text.slice(at, end < 0 ? undefined : end);
}

/** End of a string on one line, or of the line when it is not closed there. */
export function endOfString(text: string, at: number): number {
  const quote = text[at];
  for (let place = at + 1; place < text.length; place++) {
    if (text[place] === '\\') place++;
    else if (text[place] === quote) return place + 1;
    else if (text[place] === '\n') return place;
  }
  return text.length;
}

/**
 * End of a triple-quoted string. Where `unfinished` strings are looked for, the negative start of the next definition when it
 * is never closed before one.
 */
export function endOfTriple(text: string, at: number, unfinished: boolean): number {
  const mark = text.slice(at, at + 3);
  let end = text.indexOf(mark, at + 3);
  while (end > 0 && text[end - 1] === '\\' && text[end - 2] !== '\\') end = text.indexOf(mark, end + 1);
  if (!unfinished) return end < 0 ? text.length : end + 3;
  const inside = text.slice(at, end < 0 ? undefined : end);
  const definition = /\n[ \t]*(?:def|class) \w+[^\n]*:[ \t]*(?=\n)/.exec(inside);
  if (definition !== null) return -(at + definition.index + 1);
  return end < 0 ? text.length : end + 3;
}
