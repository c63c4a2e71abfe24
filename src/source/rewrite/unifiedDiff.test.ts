import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyEdits, type TextEdit } from './textEdit';
import { unifiedDiff } from './unifiedDiff';

describe('a unified diff', () => {
  it('shows three lines around a change and nothing else', () => {
    const text = 'a\nb\nc\nd\ne\nf\ng\nh\ni\n';
    const at = text.indexOf('e');
    expect(unifiedDiff(text, [{ from: at, to: at + 1, insert: 'E\nEE' }], 'old.py', 'new.py')).toBe(
      '--- old.py\n+++ new.py\n@@ -2,7 +2,8 @@\n b\n c\n d\n-e\n+E\n+EE\n f\n g\n h\n',
    );
    expect(unifiedDiff(text, [{ from: at, to: at + 1, insert: 'e' }], 'old.py')).toBe('');
  });

  it('makes the edited text when git applies it', () => {
    const folder = fs.mkdtempSync(join(tmpdir(), 'layerwise-diff-'));
    const line = fc.constantFrom('', 'a', 'b', 'x = 1');
    const source = fc.tuple(fc.array(line, { maxLength: 40 }), fc.constantFrom('', '\n'));
    const cuts = fc.array(fc.tuple(fc.nat(200), fc.nat(12), fc.constantFrom('', 'new', 'n\n', '\nm\n')), {
      maxLength: 4,
    });
    const property = fc.property(source, cuts, ([lines, tail], places) => {
      const text = lines.join('\n') + tail;
      const edits: TextEdit[] = [];
      for (const [from, length, insert] of [...places].sort((a, b) => a[0] - b[0])) {
        const start = Math.max(Math.min(from, text.length), edits.at(-1)?.to ?? 0);
        edits.push({ from: start, to: Math.min(text.length, start + length), insert });
      }
      const diff = unifiedDiff(text, edits, 'a/net.py', 'b/net.py');
      const after = applyEdits(text, edits);
      if (diff === '') {
        expect(after).toBe(text);
        return;
      }
      fs.writeFileSync(join(folder, 'net.py'), text);
      fs.writeFileSync(join(folder, 'net.patch'), diff);
      // `patch` style leniency is off: every line must be where the hunk says.
      execFileSync('git', ['apply', '--whitespace=nowarn', 'net.patch'], { cwd: folder, stdio: 'pipe' });
      const file = join(folder, 'net.py');
      expect(fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '').toBe(after);
    });
    fc.assert(property, { numRuns: 60 });
    fs.rmSync(folder, { recursive: true });
  });
});
