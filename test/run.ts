/**
 * What `npm test` runs, or the parts that are named: `npm test -- unit editor guards ui newcomer`. Each part installs what it
 * needs. Where the editor can't be had its parts are skipped and say so; with LAYERWISE_REQUIRE_EDITOR they fail.
 */
import { editions } from './editor/harness/editions';
import { skippedPart, summary, type Outcome } from './editor/harness/outcome';
import { UnavailableError } from './editor/harness/unavailable';
import { runEditor } from './editor/runEditor';
import { runGuards } from './editor/runGuards';
import { runUnit } from './runUnit';
import { runUi } from './ui/runUi';

const newcomer = 'newcomer.suite.js';

const parts: Record<string, [string, () => Promise<Outcome>][]> = {
  unit: [['unit', runUnit]],
  editor: editions.map((edition) => [`VS Code ${edition.vscode}`, () => runEditor(edition)]),
  guards: [['guards', runGuards]],
  ui: [['installed package', () => runUi(() => true)]],
  newcomer: [['a newcomer', () => runUi((suite) => suite === newcomer)]],
};

/** What runs when nothing is named; the newcomer's path is among `ui`, and a part of its own for whoever works on it. */
const usual = ['unit', 'editor', 'guards', 'ui'];

async function runPart(name: string, run: () => Promise<Outcome>): Promise<Outcome> {
  process.stdout.write(`\n== ${name}\n`);
  const start = performance.now();
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    const reason = `${error.message} ${error.hint}`;
    process.stdout.write(`SKIPPED: ${reason}\n`);
    const skipped = skippedPart(name, reason);
    return process.env.LAYERWISE_REQUIRE_EDITOR ? { ...skipped, failed: 1, skipped: 0 } : skipped;
  } finally {
    process.stdout.write(`== ${name}: ${((performance.now() - start) / 1000).toFixed(0)} s\n`);
  }
}

async function main(): Promise<void> {
  const named = process.argv.slice(2);
  const unknown = named.filter((name) => !(name in parts));
  if (unknown.length > 0)
    throw new Error(`No such part: ${unknown.join(', ')}. Parts: ${Object.keys(parts).join(', ')}.`);
  const outcomes: Outcome[] = [];
  for (const name of named.length > 0 ? named : usual)
    for (const [title, run] of parts[name]) outcomes.push(await runPart(title, run));
  process.stdout.write(`\n${summary(outcomes)}\n`);
  process.exitCode = outcomes.some(({ failed }) => failed > 0) ? 1 : 0;
}

// Who is interrupted says goodbye to what was started: that hears of the end of this process.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
});
