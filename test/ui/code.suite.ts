import * as assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import type { Locator } from 'playwright-core';
import { after, afterEach, before, describe, it } from 'mocha';
import { themes } from './support/themes';
import { pictureOfFailure, Workbench } from './support/workbench';

const code = `import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(width)

    def forward(self, x):
        return torch.relu(x + self.norm(self.conv(x)))


class Net(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.stem = nn.Conv2d(3, 33, 3, padding=1)
        self.widen = nn.Conv2d(33, 64, 3, stride=2, padding=1)
        self.blocks = nn.Sequential(Block(64), Block(64))
        self.head = nn.Linear(64, classes)

    def forward(self, x):
        x = self.blocks(self.widen(torch.relu(self.stem(x))))
        return self.head(x.mean((2, 3)))


net = Net()
net(torch.randn(1, 3, 32, 32))
`;

/** One of its two packages is installed in the environment beside it. */
const partly = `import torch
from torch import nn
import backbones
import elsewhere


def encoder(classes=10):
    return backbones.encoder(64, classes)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = elsewhere.encoder(64)
        self.head = nn.Linear(64, 10)

    def forward(self, x):
        return self.head(self.body(x))
`;

const packageCode = `from torch import nn


def encoder(width, classes):
    layers = [nn.Conv2d(3, width, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, classes)]
    return nn.Sequential(*layers)
`;

function fill(folder: string): void {
  writeFileSync(path.join(folder, 'net.py'), code);
  writeFileSync(path.join(folder, 'partly.py'), partly);
  const environment = path.join(folder, '.venv');
  const installed = path.join(environment, 'lib/python3.12/site-packages/backbones');
  mkdirSync(installed, { recursive: true });
  writeFileSync(path.join(environment, 'pyvenv.cfg'), 'home = /usr/bin\n');
  writeFileSync(path.join(installed, '__init__.py'), packageCode);
}

/** Hovers fade in. */
const fadeMs = 300;

/** Layers are measured within seconds; a busy machine takes longer. */
const measuringMs = 120_000;

describe('a model in Python code', function () {
  this.timeout(2 * measuringMs);
  this.bail(true);
  let workbench: Workbench;
  before(async () => {
    workbench = await Workbench.open({
      settings: {
        'workbench.colorTheme': themes.dark.label,
        'workbench.startupEditor': 'none',
        'layerwise.code.packages': ['backbones'],
      },
      fill,
    });
  });
  afterEach(function () {
    return pictureOfFailure(workbench, this.currentTest);
  });
  after(() => workbench?.close());

  const line = (text: string | RegExp): Locator =>
    workbench.page.locator('.view-line').filter({ hasText: text }).first();
  const lens = (text: RegExp): Locator =>
    workbench.page.locator('.codelens-decoration a').filter({ hasText: text }).first();

  it('shows what its layers cost while it is typed', async () => {
    await workbench.openFile('net.py');
    await line(/self\.conv.*2\sinstances,\s18\.9\sM/).waitFor();
    await lens(/M MACs, .* parameters/).waitFor();
    await workbench.picture('code-hints');
    await line('self.widen').click();
    await workbench.page.keyboard.press('Home');
    await workbench.page.keyboard.press('ArrowRight');
    await workbench.page.keyboard.press('End');
    await workbench.page.keyboard.type('  # typed');
    await line(/typed.*64x16x16/).waitFor();
    for (let i = 0; i < '  # typed'.length; i++) await workbench.page.keyboard.press('Backspace');
  });

  it('suggests forms that are faster on this machine, once it is measured', async () => {
    await lens(/^Measure the layers/).click();
    await lens(/^Tucker-2 rank/).waitFor({ timeout: measuringMs });
    await lens(/layers worth compressing/).waitFor();
    await workbench.page.locator('.notification-toast').first().waitFor({ state: 'hidden' });
    await workbench.picture('code-lenses');
  });

  it('explains itself when the pointer rests on a layer', async () => {
    await line('self.conv').locator('span', { hasText: 'Conv2d' }).last().hover();
    await workbench.page.locator('.monaco-hover').filter({ hasText: 'blocks.0.conv' }).first().waitFor();
    await workbench.page.waitForTimeout(fadeMs);
    await workbench.picture('code-hover');
    await workbench.page.keyboard.press('Escape');
    // The dots of the hint stand under the first two letters.
    await line('self.stem')
      .locator('span', { hasText: /nn/ })
      .last()
      .hover({ position: { x: 4, y: 8 } });
    await workbench.page
      .locator('.monaco-hover')
      .getByText(/^33 channels take/)
      .first()
      .waitFor();
    await workbench.page.waitForTimeout(fadeMs);
    await workbench.page.locator('.monaco-hover').getByText('Quick Fix... (').waitFor();
    await workbench.picture('code-diagnostic');
    await workbench.page.keyboard.press('Escape');
  });

  it('offers the same by the keyboard', async () => {
    await line('self.conv').locator('span', { hasText: 'Conv2d' }).last().click();
    await workbench.page.keyboard.press('Control+.');
    await workbench.page
      .locator('.action-widget')
      .getByText(/^Tucker-2 rank/)
      .waitFor();
    await workbench.picture('code-actions');
    await workbench.page.keyboard.press('Escape');
  });

  it('shows a rewrite before it is done, and undoes it', async () => {
    await lens(/^Tucker-2 rank/).click();
    const panel = workbench.page.locator('.bulk-edit-panel');
    await panel.getByText('nn.Sequential(').waitFor();
    await workbench.picture('code-preview');
    // Nothing has happened yet: the change is to be ticked and applied.
    assert.equal(await line(/nn\.Sequential\(\s*$/).count(), 0);
    await panel.locator('.edit-checkbox').first().click();
    await workbench.page.getByRole('button', { name: 'Apply', exact: true }).click();
    await line(/nn\.Conv2d\((\d+),\s\1,\s3,.*\d\sM/).waitFor();
    await workbench.picture('code-rewritten');
    await line('self.norm').click();
    await workbench.page.keyboard.press('Control+Z');
    await line(/self\.conv\s=\snn\.Conv2d\(width/).waitFor();
    assert.equal(await line(/nn\.Sequential\(\s*$/).count(), 0);
  });

  it('rounds a width in every layer that is joined to it', async () => {
    await lens(/^33 to 32 channels/).click();
    const changes = workbench.page.locator('.bulk-edit-panel .textedit');
    await changes.nth(1).waitFor();
    assert.equal(await changes.count(), 2);
    await workbench.picture('code-width');
    await workbench.page.getByRole('button', { name: 'Discard', exact: true }).click();
    await line(/self\.stem\s=\snn\.Conv2d\(3,\s33/).waitFor();
  });

  it('follows code into the packages of its environment, and says what could not be evaluated', async () => {
    await workbench.openFile('partly.py');
    await line(/backbones\.encoder.*2\slayers,\s85\.2\sM/).waitFor();
    await line('self.body =').locator('span', { hasText: 'elsewhere' }).last().hover();
    await workbench.page.locator('.monaco-hover').getByText('module elsewhere was not found').first().waitFor();
    await workbench.page.waitForTimeout(fadeMs);
    await workbench.picture('code-unknown');
    await workbench.page.keyboard.press('Escape');
    await workbench.page.locator('#status\\.languageStatus').click();
    await workbench.page.getByText('1 place not evaluated').first().waitFor();
    await workbench.picture('code-status');
    await workbench.page.keyboard.press('Escape');
    await workbench.command('Layerwise: Show What Is Not Evaluated in This File...');
    await workbench.page.locator('.quick-input-list').getByText('module elsewhere was not found').first().waitFor();
    await workbench.page.waitForTimeout(fadeMs);
    await workbench.picture('code-places');
    await workbench.page.keyboard.press('Enter');
    await workbench.page
      .locator('.statusbar')
      .getByText(/^Ln 14, Col \d+ \(21 selected\)/)
      .waitFor();
  });

  it('shows no error', async () => {
    assert.deepEqual(await workbench.errors(), []);
  });
});
