import type { InstalledEditor } from '../../editor/harness/install';

/** What the UI suites work with; the runner puts it together and hands it over in the environment. */
export interface UiSettings {
  readonly editor: InstalledEditor;
  /** The browser's program. */
  readonly browser: string;
  /** The package under test, and the folder of extensions in which it is installed. */
  readonly vsix: string;
  readonly extensions: string;
}

const variable = 'LAYERWISE_UI';

export function provideSettings(settings: UiSettings): void {
  process.env[variable] = JSON.stringify(settings);
}

export function uiSettings(): UiSettings {
  const text = process.env[variable];
  if (!text) throw new Error('UI suites are started by `npm test -- ui`.');
  return JSON.parse(text) as UiSettings;
}
