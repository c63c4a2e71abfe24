import * as vscode from 'vscode';

const pollMs = 25;

/** Waits until something is so; fails with `what` in its message. */
export async function until<T>(
  look: () => T | undefined | false | Promise<T | undefined | false>,
  what: string,
  patienceMs = 30_000,
): Promise<T> {
  const start = performance.now();
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (performance.now() - start > patienceMs) throw new Error(`Waited ${patienceMs} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

/** The first value of an event that fits. Call it before what makes the event happen. */
export function next<T>(
  event: vscode.Event<T>,
  fits: (value: T) => boolean,
  what: string,
  patienceMs = 60_000,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      listener.dispose();
      reject(new Error(`Waited ${patienceMs} ms in vain: ${what}`));
    }, patienceMs);
    const listener = event((value) => {
      if (!fits(value)) return;
      clearTimeout(timer);
      listener.dispose();
      resolve(value);
    });
  });
}

/** Gives a command again and again until what waits for it is over: what it answers may not be shown yet. */
export async function repeated(command: string, done: Thenable<unknown>): Promise<void> {
  let over = false;
  const end = Promise.resolve(done).finally(() => (over = true));
  await until(async () => {
    await vscode.commands.executeCommand(command);
    return over;
  }, `${command} is answered`);
  await end;
}
