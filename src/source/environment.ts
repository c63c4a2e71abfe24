/**
 * Packages that bring models in Python that can be followed. Others a user may name; most of what is installed says nothing
 * about a model, and is large.
 */
export const readablePackages: readonly string[] = ['torchvision', 'torchaudio'];

/** Names of what a folder holds; nothing where there is none. Paths use `/`. */
export type ListFolder = (folder: string) => readonly string[];

/** Folders of a Python environment that packages are installed in; `environment` is what `sys.prefix` says in it. */
export function packageFolders(environment: string, list: ListFolder): string[] {
  const base = environment.replace(/\/$/, '');
  const libraries = ['lib', 'lib64', 'local/lib'].flatMap((library) =>
    list(`${base}/${library}`)
      .filter((name) => /^python3/.test(name))
      .map((name) => `${base}/${library}/${name}`),
  );
  // The last is that of Windows.
  return [...libraries, `${base}/Lib`].flatMap((library) =>
    list(library)
      .filter((name) => /^(site|dist)-packages$/.test(name))
      .map((name) => `${library}/${name}`),
  );
}

/** The environment that a project keeps: the nearest one in the folders around a file. */
export function environmentNear(file: string, list: ListFolder): string | undefined {
  for (let end = file.lastIndexOf('/'); end > 0; end = file.lastIndexOf('/', end - 1)) {
    const folder = file.slice(0, end);
    const names = list(folder);
    for (const name of usualNames)
      if (names.includes(name) && list(`${folder}/${name}`).some((inner) => marks.has(inner)))
        return `${folder}/${name}`;
  }
  return undefined;
}

const usualNames = ['.venv', 'venv', 'env', '.env', '.conda'];
/** What environments of `venv`, `virtualenv` and conda begin with. */
const marks = new Set(['pyvenv.cfg', 'conda-meta']);
