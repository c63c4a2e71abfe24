/** What the editor's context menu is told of a layer: `data-vscode-context`, which `webview/context` menus are shown by. */
export function layerContext(layer: string, site: boolean, pinned: boolean): string {
  return JSON.stringify({
    webviewSection: 'layer',
    layer,
    layerwiseSite: site,
    layerwisePinned: pinned,
    preventDefaultContextMenuItems: true,
  });
}
