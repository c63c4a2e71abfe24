import type { PageCancel, PageRequest } from '../../src/protocol/page';

/** What a page needs of whoever shows it: the editor, or a test. */
export interface Host {
  post(message: PageRequest | PageCancel): void;
  /** Calls back with every message that arrives. */
  listen(receive: (message: unknown) => void): void;
  /** What `setState` kept, also over a reload of the window; undefined at first. */
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): Pick<Host, 'getState' | 'setState'> & { postMessage(message: unknown): void };

/** The editor as host. To be called once: the editor gives its interface away only once. */
export function editorHost(): Host {
  const api = acquireVsCodeApi();
  return {
    post: (message) => api.postMessage(message),
    listen: (receive) => window.addEventListener('message', ({ data }) => receive(data)),
    getState: () => api.getState(),
    setState: (state) => api.setState(state),
  };
}
