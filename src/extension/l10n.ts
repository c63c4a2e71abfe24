/** Gives a sentence in the user's language; `{0}`, `{1}` are replaced by the arguments. The same as `vscode.l10n.t`. */
export type Translate = (message: string, ...args: (string | number | boolean)[]) => string;

let translate: Translate = (message, ...args) =>
  message.replace(/\{(\d+)\}/g, (place, index) => String(args[Number(index)] ?? place));

let locale: string | undefined;

/** Sentences stay English until the editor's translation is handed over, and always in unit tests. */
export function useTranslation(by: Translate, language: string): void {
  translate = by;
  locale = language;
}

/** The language of numbers and dates, for `Intl`. */
export const language = (): string | undefined => locale;

/** The sentence in the user's language. Every literal given here stands in `l10n/bundle.l10n.json` (a test checks it). */
export const t: Translate = (message, ...args) => translate(message, ...args);
