import * as vscode from 'vscode';
import { back, type Position } from './steps';

export interface Choice<T> extends vscode.QuickPickItem {
  readonly value: T;
}

interface PickOptions<T> extends Position {
  readonly title: string;
  readonly placeholder: string;
  readonly items: readonly Choice<T>[];
  /** What is chosen at first. */
  readonly active?: T;
}

/** Lets the user pick one of several. */
export async function askPick<T>(options: PickOptions<T>): Promise<T | typeof back | undefined> {
  const pick = vscode.window.createQuickPick<Choice<T>>();
  pick.title = options.title;
  pick.placeholder = options.placeholder;
  if (options.total > 1) [pick.step, pick.totalSteps] = [options.step, options.total];
  pick.items = options.items;
  pick.matchOnDescription = true;
  pick.matchOnDetail = true;
  pick.ignoreFocusOut = true;
  const active = options.items.find(({ value }) => value === options.active);
  if (active) pick.activeItems = [active];
  if (options.step > 1) pick.buttons = [vscode.QuickInputButtons.Back];
  try {
    return await new Promise((resolve) => {
      pick.onDidTriggerButton(() => resolve(back));
      pick.onDidAccept(() => {
        const [chosen] = pick.selectedItems;
        if (chosen) resolve(chosen.value);
      });
      pick.onDidHide(() => resolve(undefined));
      pick.show();
    });
  } finally {
    pick.dispose();
  }
}

interface TextOptions extends Position {
  readonly title: string;
  readonly prompt: string;
  readonly value: string;
  /** Says what is wrong with a text; nothing when it is good. */
  readonly problem: (text: string) => string | undefined;
}

/** Lets the user type a text, which is checked as it is typed. */
export async function askText(options: TextOptions): Promise<string | typeof back | undefined> {
  const input = vscode.window.createInputBox();
  input.title = options.title;
  input.prompt = options.prompt;
  input.value = options.value;
  if (options.total > 1) [input.step, input.totalSteps] = [options.step, options.total];
  input.ignoreFocusOut = true;
  if (options.step > 1) input.buttons = [vscode.QuickInputButtons.Back];
  try {
    return await new Promise((resolve) => {
      input.onDidTriggerButton(() => resolve(back));
      input.onDidChangeValue((text) => (input.validationMessage = options.problem(text)));
      input.onDidAccept(() => {
        input.validationMessage = options.problem(input.value);
        if (!input.validationMessage) resolve(input.value.trim());
      });
      input.onDidHide(() => resolve(undefined));
      input.show();
    });
  } finally {
    input.dispose();
  }
}
