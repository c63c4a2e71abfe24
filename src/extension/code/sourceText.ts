import * as fs from 'node:fs';
import * as vscode from 'vscode';
import type { FileReader, SourceRange } from '../../source/sourceModel';

/** A document as it is analysed: a notebook's cell together with the cells before it. */
export interface SourceText {
  /** What the analysis calls it. */
  readonly file: string;
  readonly text: string;
  /** Where the document's own text begins. */
  readonly start: number;
}

export function sourceText(document: vscode.TextDocument): SourceText {
  const own = document.getText();
  const notebook = vscode.workspace.notebookDocuments.find((book) =>
    book.getCells().some((cell) => cell.document === document),
  );
  const before = (notebook?.getCells() ?? [])
    .slice(
      0,
      notebook?.getCells().findIndex((cell) => cell.document === document),
    )
    .filter((cell) => cell.document.languageId === 'python')
    .map((cell) => `${cell.document.getText()}\n`)
    .join('');
  return { file: fileOf(document.uri), text: before + own, start: before.length };
}

/** A range of the analysis in the document; `undefined` when it lies elsewhere. */
export function rangeIn(
  document: vscode.TextDocument,
  { file, start }: SourceText,
  range: SourceRange,
): vscode.Range | undefined {
  if (range.file !== file || range.from < start) return undefined;
  return new vscode.Range(document.positionAt(range.from - start), document.positionAt(range.to - start));
}

/** Reads what the editor holds before what the disk does. */
export function readerFor(source: SourceText): FileReader {
  return {
    read: (path) => {
      if (path === source.file) return source.text;
      const open = vscode.workspace.textDocuments.find(({ uri }) => uri.scheme === 'file' && fileOf(uri) === path);
      if (open) return open.getText();
      try {
        return fs.readFileSync(path, 'utf8');
      } catch {
        return undefined;
      }
    },
  };
}

function fileOf(uri: vscode.Uri): string {
  return uri.scheme === 'file' ? uri.fsPath.replace(/\\/g, '/') : uri.toString();
}
