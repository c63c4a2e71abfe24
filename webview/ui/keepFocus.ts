/**
 * Keeps the keyboard's place on the page: when the control that had the focus goes away (a form makes way for what runs), the
 * focus goes to what stands in its place instead of to the beginning of the document.
 * @param place what takes the focus over
 */
export function keepFocus(root: HTMLElement, place: () => HTMLElement | null): void {
  let last: Element | undefined;
  root.addEventListener('focusin', ({ target }) => (last = target instanceof Element ? target : undefined));
  const observer = new MutationObserver(() => {
    if (!last || last.isConnected || document.activeElement !== document.body) return;
    last = undefined;
    place()?.focus({ preventScroll: true });
  });
  observer.observe(root, { childList: true, subtree: true });
}
