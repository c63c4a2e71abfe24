import { render } from 'preact';
import { Client } from '../ui/client';
import { editorHost } from '../ui/host';
import { keepFocus } from '../ui/keepFocus';
import { setTexts } from '../ui/text';
import { defineControls } from '../ui/toolkit';
import { App } from './App';
import { Problem } from './Problem';
import { ModelPage, PageContext } from './modelPage';
import { failureOf } from './task';
import { restoredView } from './viewState';
import './style';

defineControls();
const host = editorHost();
const client = new Client(host);
const root = document.getElementById('root') ?? document.body;
keepFocus(root, () => root.querySelector<HTMLElement>('[role=tabpanel]'));

window.addEventListener('error', ({ message }) => client.tell('log', { level: 'error', message }));
window.addEventListener('unhandledrejection', ({ reason }) =>
  client.tell('log', { level: 'error', message: String(reason) }),
);

async function begin(): Promise<void> {
  try {
    const start = await client.request('start', {});
    setTexts(start.texts);
    root.replaceChildren();
    const page = new ModelPage(client, start, restoredView(host));
    render(
      <PageContext.Provider value={page}>
        <App />
      </PageContext.Provider>,
      root,
    );
    await page.load();
  } catch (error) {
    root.replaceChildren();
    render(<Problem failure={failureOf(error)} />, root);
  }
}

void begin();
