import { knownModule } from '../library/modules';
import { preludeFile, preludeFolder } from '../prelude/prelude';
import type { FileReader, InstalledPackages } from '../sourceModel';
import type { ParsedFile, Parser } from '../syntax/parse';
import { ModuleValue, type Value } from '../values/values';
import type { Importer, Machine } from './machine';
import { ModuleGlobals } from './moduleGlobals';
import { indexOf } from './moduleIndex';

/** Files as one analysis sees them: each is read at most once. */
export class Files {
  private readonly parsed = new Map<string, ParsedFile | undefined>();
  private readonly found = new Map<string, string | undefined>();

  constructor(
    private readonly parser: Parser,
    private readonly reader: FileReader,
    private readonly searchPaths: readonly string[],
    private readonly packages: InstalledPackages = { folders: [], names: [] },
  ) {}

  /** Whether a package is installed that is not to be read. */
  isLeftOut(name: string): boolean {
    const { folders, names } = this.packages;
    const [root] = name.split('.');
    if (names.includes(root)) return false;
    return folders.some((folder) =>
      [`${folder}/${root}/__init__.py`, `${folder}/${root}.py`].some((path) => this.reader.read(path) !== undefined),
    );
  }

  /** Whether a file is part of an installed package. */
  isInstalled(path: string): boolean {
    return this.packages.folders.some((folder) => path.startsWith(`${folder}/`));
  }

  open(path: string): ParsedFile | undefined {
    if (this.parsed.has(path)) return this.parsed.get(path);
    const text = preludeFile(path) ?? this.reader.read(path);
    const parsed = text === undefined ? undefined : this.parser.parse(path, text);
    this.parsed.set(path, parsed);
    return parsed;
  }

  /** The file that a module name means for the file that imports it. */
  locate(name: string, level: number, from: string): string | undefined {
    const key = level > 0 ? `${directoryOf(from)}:${level}:${name}` : `${directoryOf(from)}:${name}`;
    if (this.found.has(key)) return this.found.get(key);
    const file = this.search(name, level, from);
    this.found.set(key, file);
    return file;
  }

  private search(name: string, level: number, from: string): string | undefined {
    const relative = name.split('.').join('/');
    if (level > 0) {
      let folder = directoryOf(from);
      for (let up = 1; up < level; up++) folder = directoryOf(folder);
      return this.inFolder(folder, relative);
    }
    const { folders, names } = this.packages;
    let folder = directoryOf(from);
    // What stands beside a package is another one.
    for (let up = 0; up < maximumFolders && folder !== '' && !folders.includes(folder); up++) {
      const file = this.inFolder(folder, relative);
      if (file !== undefined) return file;
      folder = directoryOf(folder);
    }
    const [root] = relative.split('/');
    // A package may be read from within, whether it is named or not.
    const installed = folders.filter((path) => names.includes(root) || from.startsWith(`${path}/${root}/`));
    for (const path of [...this.searchPaths, ...installed]) {
      const file = this.inFolder(path, relative);
      if (file !== undefined) return file;
    }
    return this.inFolder(preludeFolder, relative);
  }

  private inFolder(folder: string, relative: string): string | undefined {
    const base = relative === '' ? folder : `${folder}/${relative}`;
    const candidates = relative === '' ? [`${base}/__init__.py`] : [`${base}/__init__.py`, `${base}.py`];
    return candidates.find((path) => this.open(path) !== undefined);
  }
}

const maximumFolders = 8;

function directoryOf(path: string): string {
  const at = path.lastIndexOf('/');
  return at < 0 ? '' : path.slice(0, at);
}

/** Modules as one machine sees them. */
export class Workspace implements Importer {
  private readonly modules = new Map<string, ModuleGlobals>();
  private unregistered: ModuleGlobals[] = [];
  /** Files of modules that were looked through for registered definitions elsewhere. */
  private readonly searched = new Set<string>();
  machine!: Machine;

  constructor(readonly files: Files) {}

  module(file: string): ModuleGlobals | undefined {
    let globals = this.modules.get(file);
    if (globals === undefined) {
      const parsed = this.files.open(file);
      if (parsed === undefined) return undefined;
      globals = new ModuleGlobals(this.machine, parsed, this.files.isInstalled(file));
      this.modules.set(file, globals);
      this.machine.touched.file(file);
      if (globals.index.registered.length > 0) this.unregistered.push(globals);
      globals.load();
    }
    return globals;
  }

  reason(name: string, level: number): string {
    const [root] = name.split('.');
    return level === 0 && this.files.isLeftOut(name)
      ? `${root} is installed, but not among the packages that are followed`
      : `module ${'.'.repeat(level)}${name} was not found`;
  }

  register(): boolean {
    this.loadRegistered();
    if (this.unregistered.length === 0) return false;
    this.machine.watch?.fail();
    const modules = this.unregistered;
    this.unregistered = [];
    for (const globals of modules) globals.register();
    return true;
  }

  /** Loads what modules bring all names from, where definitions in it are meant for a registry. */
  private loadRegistered(): void {
    // A map that grows while it is walked shows what was added.
    for (const { file, index } of this.modules.values()) {
      if (index.stars.length === 0 || this.searched.has(file)) continue;
      this.searched.add(file);
      for (const { statement } of index.stars) {
        if (statement.kind !== 'importFrom') continue;
        const found = this.files.locate(statement.module, statement.level, file);
        const parsed = found === undefined ? undefined : this.files.open(found);
        if (parsed === undefined) continue;
        const { registered, stars } = indexOf(parsed);
        this.machine.touched.registered(parsed.file, registered);
        if (registered.length > 0 || stars.length > 0) this.module(parsed.file);
      }
    }
  }

  load(name: string, level: number, from: string, shown = name): Value | undefined {
    // As a part of a package it is asked for by the place of that.
    if (level === 0 || shown !== name) {
      const known = knownModule(shown);
      if (known !== undefined) return known;
    }
    const file = this.files.locate(name, level, from);
    if (file === undefined) {
      this.machine.touched.absent(name, level, from);
      return undefined;
    }
    const globals = this.module(file);
    if (globals === undefined) return undefined;
    const isPackage = file.endsWith('/__init__.py');
    return new ModuleValue(
      shown,
      (attribute) => {
        const value = globals.get(attribute);
        if (value !== undefined || !isPackage) return value;
        return this.load(attribute, 1, file, `${shown}.${attribute}`);
      },
      () => globals.names(),
      (attribute, value) => globals.set(attribute, value),
      preludeFile(file) !== undefined,
    );
  }
}
