/** The editor's own themes, one of each kind, with the kind as pages see it. */
export const themes = {
  dark: { id: 'Dark Modern', kind: 'vscode-dark' },
  light: { id: 'Light Modern', kind: 'vscode-light' },
  'high-contrast-dark': { id: 'Default High Contrast', kind: 'vscode-high-contrast' },
  'high-contrast-light': { id: 'Default High Contrast Light', kind: 'vscode-high-contrast-light' },
} as const;

export type Theme = (typeof themes)[keyof typeof themes];
