// A part of the page that is loaded when it is wanted: heavy or rare, so that the first load stays small.

import { useSignal } from '@preact/signals';
import type { ComponentChildren, ComponentType, VNode } from 'preact';
import { useEffect } from 'preact/hooks';

type Props<P> = {
  readonly load: () => Promise<ComponentType<P>>;
  readonly props: P;
  /** Stands there until it has come. */
  readonly children?: ComponentChildren;
};

/** Where the hub does not give it, `children` stay, and it is asked again a little later. */
export function Later<P extends object>({ load, props, children }: Props<P>): VNode {
  const there = useSignal<{ readonly Part: ComponentType<P> } | undefined>(undefined);
  useEffect(() => {
    let timer: number | undefined;
    let over = false;
    const ask = (): void => {
      load().then(
        (Part) => {
          if (!over) there.value = { Part };
        },
        () => {
          if (!over) timer = window.setTimeout(ask, 5_000);
        },
      );
    };
    ask();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [load]);
  if (there.value === undefined) return <>{children}</>;
  const { Part } = there.value;
  return <Part {...props} />;
}
