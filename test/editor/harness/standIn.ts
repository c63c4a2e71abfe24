import type { InstalledEditor } from './install';

/** What the runner tells the program that stands in for the desktop `code`, besides the arguments of that. */
export interface StandInSettings {
  readonly editor: InstalledEditor;
  readonly browser: string;
  /** After this time the run is given up. */
  readonly limitMs: number;
}

/** The variable that carries the settings as JSON. */
export const settingsVariable = 'LAYERWISE_STAND_IN';
