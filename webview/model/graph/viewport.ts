/** What part of the picture is seen: the place at the window's upper left corner, and how large it is drawn. */
export interface Viewport {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

const scales = { least: 0.05, most: 2.5 };

export function zoomed(view: Viewport, factor: number, at: { readonly x: number; readonly y: number }): Viewport {
  const scale = Math.min(scales.most, Math.max(scales.least, view.scale * factor));
  // The place under the pointer stays there.
  return { scale, x: view.x + at.x / view.scale - at.x / scale, y: view.y + at.y / view.scale - at.y / scale };
}

export function panned(view: Viewport, dx: number, dy: number): Viewport {
  return { ...view, x: view.x + dx / view.scale, y: view.y + dy / view.scale };
}

/** Below this size words are small: then the beginning is shown instead of the whole. */
const leastFit = 0.85;

/** The whole width in sight, or the whole picture when that is still readable. */
export function fitted(content: Size, window: Size): Viewport {
  const wide = Math.min(1, window.width / content.width);
  const whole = Math.min(wide, window.height / content.height);
  const scale = Math.max(scales.least, whole > leastFit ? whole : wide);
  return { scale, x: (content.width - window.width / scale) / 2, y: 0 };
}

/** Moved so that the place is in the middle, in the directions in which it is out of sight. */
export function revealed(view: Viewport, window: Size, at: { readonly x: number; readonly y: number }): Viewport {
  const margin = 60;
  const seen = { x: (at.x - view.x) * view.scale, y: (at.y - view.y) * view.scale };
  const outside = (place: number, room: number): boolean => place < margin || place > room - margin;
  return {
    ...view,
    ...(outside(seen.x, window.width) && { x: at.x - window.width / 2 / view.scale }),
    ...(outside(seen.y, window.height) && { y: at.y - window.height / 2 / view.scale }),
  };
}
