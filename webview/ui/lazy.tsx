import type { ComponentType, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { t } from './text';

/** A component that is loaded when it is first shown. */
export function lazy(load: () => Promise<ComponentType>): () => JSX.Element {
  let loaded: ComponentType | undefined;
  return function Lazy(): JSX.Element {
    const [, redraw] = useState(0);
    useEffect(() => {
      if (loaded) return;
      void load().then((component) => {
        loaded = component;
        redraw((count) => count + 1);
      });
    }, []);
    const Component = loaded;
    return Component ? (
      <Component />
    ) : (
      <p class="quiet waiting" role="status">
        {t('Loading...')}
      </p>
    );
  };
}
