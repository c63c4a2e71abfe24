import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { RefObject } from 'preact';

/** The width of an element in pixels, followed as it changes. */
export function useWidth<E extends HTMLElement>(start: number): [RefObject<E | null>, number] {
  const element = useRef<E>(null);
  const [width, setWidth] = useState(start);
  useLayoutEffect(() => {
    if (!element.current) return;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry.contentRect.width) || start));
    observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return [element, width];
}
