import { writeFileSync } from 'node:fs';
import * as path from 'node:path';
import type { Locator } from 'playwright-core';
import { after, afterEach, before, describe, it } from 'mocha';
import { pictureOfFailure, withSample, Workbench } from './support/workbench';

const code = `import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.stem = nn.Conv2d(3, 64, 3, padding=1)
        self.head = nn.Linear(64, classes)

    def forward(self, x):
        return self.head(torch.relu(self.stem(x)).mean((2, 3)))


net = Net()
net(torch.randn(1, 3, 32, 32))
`;

/** Files of texts are read where the editor speaks the language; their wording is checked without an editor. */
describe('an editor in German', () => {
  let workbench: Workbench;
  before(async () => {
    workbench = await Workbench.open({
      language: 'de',
      fill: (folder) => {
        withSample(folder);
        writeFileSync(path.join(folder, 'net.py'), code);
      },
    });
  });
  afterEach(function () {
    return pictureOfFailure(workbench, this.currentTest);
  });
  after(() => workbench?.close());

  const line = (text: string | RegExp): Locator =>
    workbench.page.locator('.view-line').filter({ hasText: text }).first();

  it('reads German over code, with numbers as they are written there', async () => {
    await workbench.openFile('net.py');
    await line(/self\.stem.*64x32x32,\s1,8\sM/).waitFor();
    await workbench.page
      .locator('.codelens-decoration a')
      .filter({ hasText: /^Die Schichten auf CPU, 1 Thread messen/ })
      .waitFor();
    await line('self.stem').locator('span', { hasText: 'Conv2d' }).last().hover();
    await workbench.page
      .locator('.monaco-hover')
      .getByText('Eingabe 1x3x32x32 (aus dem Aufruf des Modells in dieser Datei).')
      .first()
      .waitFor();
    await workbench.picture('german-code');
    await workbench.page.keyboard.press('Escape');
  });

  it('reads German in the views and on the page of a model', async () => {
    await workbench.sidebar('Layerwise');
    await workbench.page.locator('.pane-header').getByText('Läufe').waitFor();
    await workbench.openFile('sample.onnx');
    await workbench.model.page.getByRole('tab', { name: 'Schichten' }).waitFor();
    await workbench.picture('german-page');
  });
});
