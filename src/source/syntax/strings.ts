/** The value of a Python string literal (prefix, quotes and escapes included in `text`). */
export function stringValue(text: string): string {
  const { raw, from, to } = literalParts(text);
  const body = text.slice(from, to);
  return raw ? body : unescape(body);
}

/** Where the contents of a literal lie in its text, and whether backslashes stand for themselves. */
export function literalParts(text: string): { raw: boolean; from: number; to: number } {
  const prefix = /^[a-zA-Z]*/.exec(text)![0];
  const quote = text.startsWith('"""', prefix.length) || text.startsWith("'''", prefix.length) ? 3 : 1;
  const mark = text.slice(prefix.length, prefix.length + quote);
  const from = Math.min(prefix.length + quote, text.length);
  const closed = text.length >= from + quote && text.endsWith(mark);
  return { raw: /r/i.test(prefix), from, to: closed ? text.length - quote : text.length };
}

const simpleEscapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '0': '\0',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '\n': '',
};

export function unescape(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(/\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|[\s\S])/g, (whole, escape: string) => {
    if (escape.length > 1) return String.fromCharCode(parseInt(escape.slice(1), 16));
    return simpleEscapes[escape] ?? whole;
  });
}

/** The value of a number literal, and whether it is a float. Complex numbers have no value here. */
export function numberValue(text: string): { value: number; float: boolean } | undefined {
  const digits = text.replace(/_/g, '');
  if (/[jJ]$/.test(digits)) return undefined;
  const value = Number(/^0[0-7]+$/.test(digits) ? digits.replace(/^0+(?=\d)/, '') : digits);
  if (Number.isNaN(value)) return undefined;
  return { value, float: !/^0[xXbBoO]/.test(digits) && /[.eE]/.test(digits) };
}
