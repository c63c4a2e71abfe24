import type * as vscode from 'vscode';
import type { CodeModel } from './codeModels';
import { rangeIn } from './sourceText';

/** A place of a document that could not be evaluated, and why. */
export interface UnknownPlace {
  readonly range: vscode.Range;
  readonly reason: string;
}

/** Those of the models that are known so far, in the order of the text. */
export function unknownPlaces(document: vscode.TextDocument, { source, analysis }: CodeModel): UnknownPlace[] {
  return analysis.unknown
    .flatMap(({ range, reason }) => {
      const place = rangeIn(document, source, range);
      return place ? [{ range: place, reason }] : [];
    })
    .sort((a, b) => a.range.start.compareTo(b.range.start));
}
