// The keys of a view, for as long as it stands on the page.

import { useEffect, useRef } from 'preact/hooks';
import { pageKey } from './letter-keys.ts';

/** @param take whether the key was for this view; its newest one, of the last time that the view was drawn, is asked */
export function usePageKeys(take: (key: string) => boolean): void {
  const newest = useRef(take);
  newest.current = take;
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      const key = pageKey(event);
      if (key !== undefined && newest.current(key)) event.preventDefault();
    };
    addEventListener('keydown', listen);
    return () => removeEventListener('keydown', listen);
  }, []);
}
