import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { planJsonSchema } from '../src/search/plan';

const root = join(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const json = (path: string): unknown => JSON.parse(read(path));

interface MenuItem {
  readonly command?: string;
  readonly submenu?: string;
  readonly when?: string;
}

interface Manifest {
  readonly scripts: Record<string, string>;
  readonly engines: { readonly vscode: string };
  readonly devDependencies: Record<string, string>;
  readonly contributes: {
    readonly commands: { readonly command: string; readonly title: string; readonly category: string }[];
    readonly views: Record<string, { readonly id: string }[]>;
    readonly viewsWelcome: { readonly view: string; readonly contents: string }[];
    readonly menus: Record<string, MenuItem[]>;
    readonly customEditors: { readonly viewType: string }[];
    readonly configuration: {
      readonly properties: Record<string, { readonly scope?: string; readonly order?: number }>;
    }[];
    readonly walkthroughs: {
      readonly steps: { readonly description: string; readonly media: { readonly svg: string } }[];
    }[];
    readonly languageModelTools: { readonly name: string }[];
    readonly mcpServerDefinitionProviders: { readonly id: string }[];
    readonly taskDefinitions: { readonly type: string }[];
  };
}

const manifest = json('package.json') as Manifest;
const { contributes } = manifest;
const english = json('package.nls.json') as Record<string, string>;
const sources = readdirSync(join(root, 'src/extension'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  .map((name) => read(join('src/extension', name)));
const code = sources.join('\n');
const pages = readdirSync(join(root, 'webview'), { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name))
  .map((name) => read(join('webview', name)));
const declared = contributes.commands.map(({ command }) => command);
const commandsIn = (text: string): string[] => [...text.matchAll(/command:(layerwise\.\w+)/g)].map(([, name]) => name);

describe('the manifest', () => {
  it('declares just the commands that the extension registers', () => {
    const table = read('src/extension/commands/commandTable.ts');
    const registered = [...table.matchAll(/^ {2}'(layerwise\.\w+)':/gm)].map(([, name]) => name);
    expect([...declared].sort()).toEqual(registered.sort());
  });

  it('declares the views, editors, tools, servers and tasks that the extension registers', () => {
    for (const { id } of Object.values(contributes.views).flat()) expect(code).toContain(`createTreeView('${id}'`);
    for (const { viewType } of contributes.customEditors) expect(code).toContain(`modelViewType = '${viewType}'`);
    for (const { name } of contributes.languageModelTools) expect(code).toContain(`registerTool('${name}'`);
    for (const { id } of contributes.mcpServerDefinitionProviders)
      expect(code).toContain(`registerMcpServerDefinitionProvider('${id}'`);
    for (const { type } of contributes.taskDefinitions) expect(code).toContain(`const type = '${type}'`);
  });

  it('refers only to commands that exist', () => {
    const inMenus = Object.values(contributes.menus)
      .flat()
      .flatMap(({ command }) => command ?? []);
    const inTexts = Object.values(english).flatMap(commandsIn);
    const ofViews = Object.values(contributes.views)
      .flat()
      .map(({ id }) => id);
    for (const name of [...inMenus, ...inTexts]) expect([...declared, ...ofViews], name).toContain(name);
    for (const [, name] of code.matchAll(/executeCommand\('(layerwise\.\w+)'/g)) expect(declared).toContain(name);
  });

  it('has a setting for everything that the code reads, each with a place and a scope', () => {
    const properties = Object.assign({}, ...contributes.configuration.map((part) => part.properties)) as Record<
      string,
      { scope?: string; order?: number }
    >;
    const settings = read('src/extension/settings.ts');
    const readNames = [...settings.matchAll(/get(?:<[^(]*>)?\('([\w.]+)'/g)].map(([, name]) => `layerwise.${name}`);
    expect(readNames.length).toBeGreaterThan(8);
    for (const name of readNames) expect(properties).toHaveProperty([name]);
    for (const [name, { scope, order }] of Object.entries(properties)) {
      expect(order, name).toBeGreaterThan(0);
      expect(scope, name).toBeDefined();
    }
  });

  it('has a text for every key and a key for every text', () => {
    const keys = [...read('package.json').matchAll(/"%([\w.]+)%"/g)].map(([, key]) => key);
    expect(new Set(keys)).toEqual(new Set(Object.keys(english)));
    for (const file of readdirSync(root).filter((name) => /^package\.nls\..+\.json$/.test(name)))
      expect(Object.keys(json(file) as object).sort(), file).toEqual(Object.keys(english).sort());
  });

  it('has every file that it names', () => {
    for (const [, path] of read('package.json').matchAll(/"((?:\.\/)?media\/[\w./-]+)"/g))
      expect(existsSync(join(root, path)), path).toBe(true);
  });

  it('has at most six steps in its walkthrough, each with an action', () => {
    const [{ steps }, ...others] = contributes.walkthroughs;
    expect(others).toEqual([]);
    expect(steps.length).toBeLessThanOrEqual(6);
    for (const { description } of steps) expect(commandsIn(english[description.slice(1, -1)])).not.toEqual([]);
  });

  it('checks plan files by the rules of the engine', () => {
    expect(json('media/schemas/plan.schema.json')).toEqual(JSON.parse(JSON.stringify(planJsonSchema())));
  });

  it('uses the API of the oldest editor that it promises', () => {
    const [, promised] = /(\d+\.\d+)/.exec(manifest.engines.vscode) ?? [];
    expect(manifest.devDependencies['@types/vscode']).toContain(promised);
  });

  it('has every script that the README runs', () => {
    const run = [...read('README.md').matchAll(/npm (?:run -s |run )([\w:]+)/g)].map(([, name]) => name);
    expect(run.length).toBeGreaterThan(0);
    for (const name of run) expect(manifest.scripts).toHaveProperty([name]);
  });

  it('names no addresses to install from', () => {
    expect(read('.npmrc')).toContain('onnxruntime-node-install=skip');
    expect(read('package-lock.json')).not.toContain('"resolved"');
  });
});

describe('translations', () => {
  const literals = [
    ...[code, ...pages].join('\n').matchAll(/\bt\(\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")/g),
  ].map(([, single, double]) => (single ?? double).replace(/\\(.)/g, '$1'));

  it('know every sentence of the code', () => {
    const bundle = json('l10n/bundle.l10n.json') as Record<string, string>;
    expect(literals.length).toBeGreaterThan(100);
    for (const text of literals) expect(bundle, text).toHaveProperty([text]);
  });

  it('translate every sentence, and none that is gone', () => {
    const bundle = json('l10n/bundle.l10n.json') as Record<string, string>;
    expect(new Set(Object.keys(bundle))).toEqual(new Set(literals));
    for (const file of readdirSync(join(root, 'l10n')))
      expect(Object.keys(json(join('l10n', file)) as object).sort(), file).toEqual(Object.keys(bundle).sort());
  });

  it('keep the places of figures', () => {
    const places = (text: string): string[] => (text.match(/\{\d\}/g) ?? []).sort();
    for (const file of readdirSync(join(root, 'l10n')))
      for (const [text, translated] of Object.entries(json(join('l10n', file)) as Record<string, string>))
        expect(places(translated), text).toEqual(places(text));
  });
});
