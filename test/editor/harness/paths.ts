import * as path from 'node:path';

/** The project's folder: bundles of the tests lie in `out/<folder>/`. */
export const root = path.resolve(__dirname, '..', '..');

/** What runs leave behind: logs, failed screenshots, downloads of the desktop editor. Ignored by git. */
export const scratch = path.join(root, '.vscode-test');
