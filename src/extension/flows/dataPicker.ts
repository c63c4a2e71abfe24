import * as vscode from 'vscode';
import { t } from '../l10n';
import { askPick } from './ask';
import { dataKinds, dataSpec, describeData, type DataKind } from './dataSpec';
import { back, type Position } from './steps';

/** No data set: ranks are chosen from the weights alone, and accuracy is not verified. */
export const noData = '';

/**
 * Lets the user choose a data set; undefined when they give up, `noData` when they go without.
 * @param known data sets to offer, the best guess first
 */
export async function pickDataStep(
  title: string,
  known: readonly string[],
  position: Position,
): Promise<string | typeof back | undefined> {
  for (;;) {
    const answer = await askPick<string | DataKind>({
      ...position,
      title,
      placeholder: t('Data to judge and train with'),
      items: [
        ...known.map((spec) => ({ ...describeData(spec), value: spec })),
        ...dataKinds().map((kind) => ({ label: kind.label, detail: kind.detail, value: kind })),
        { label: t('No data'), detail: t('Accuracy is not verified and nothing is trained'), value: noData },
      ],
    });
    if (typeof answer !== 'object') return answer;
    const chosen = await openData(answer);
    if (chosen) return chosen;
  }
}

/** Lets the user choose a data set, outside of a flow. */
export async function pickData(known: readonly string[]): Promise<string | undefined> {
  const answer = await pickDataStep(t('Choose Data'), known, { step: 1, total: 1 });
  return answer === back ? undefined : answer;
}

async function openData({ format, label, select }: DataKind): Promise<string | undefined> {
  const chosen = await vscode.window.showOpenDialog({
    title: label,
    canSelectFiles: select === 'file',
    canSelectFolders: select === 'folder',
    filters: select === 'file' ? { NumPy: ['npz'] } : undefined,
    defaultUri: vscode.workspace.workspaceFolders?.[0]?.uri,
  });
  return chosen?.[0] && dataSpec(format, chosen[0].fsPath);
}
