let texts: Readonly<Record<string, string>> = {};

/** Translations by the English text; to be called before anything is shown. */
export function setTexts(translations: Readonly<Record<string, string>>): void {
  texts = translations;
}

/** A text in the user's language, with `{0}`, `{1}`, ... replaced. */
export function t(english: string, ...values: readonly (string | number)[]): string {
  const text = texts[english] ?? english;
  return values.length === 0 ? text : text.replace(/\{(\d+)\}/g, (_, index) => String(values[Number(index)]));
}
