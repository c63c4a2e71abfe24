import * as vscode from 'vscode';

export const textScheme = 'layerwise-page';
const texts = new Map<string, string>();
const mostKept = 20;

/** Gives the texts that `showText` shows. */
export const textPages: vscode.TextDocumentContentProvider = {
  provideTextDocumentContent: ({ query }) => texts.get(query),
};

/** Shows Markdown as a page that can't be edited. */
export async function showText(title: string, markdown: string): Promise<void> {
  const key = String(Date.now());
  texts.set(key, markdown);
  for (const old of [...texts.keys()].slice(0, -mostKept)) texts.delete(old);
  const uri = vscode.Uri.from({ scheme: textScheme, path: `/${title}.md`, query: key });
  await vscode.commands.executeCommand('markdown.showPreview', uri);
}
