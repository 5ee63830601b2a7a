// Keys of the page: single letters, which the visitor can turn off (WCAG 2.1.4). The choice stays in this browser.

const STORED = 'letter-keys';

export const letterKeysOn = (): boolean => {
  try {
    return localStorage.getItem(STORED) !== 'off';
  } catch {
    // A browser that keeps nothing: the keys are as they are for everybody.
    return true;
  }
};

export function turnLetterKeys(on: boolean): void {
  try {
    localStorage.setItem(STORED, on ? 'on' : 'off');
  } catch {
    return;
  }
}

/**
 * The key that was meant for the page; undefined for one that belongs to a field, an open dialog or form, or the browser.
 * Escape is no letter and always works.
 */
export function pageKey(event: KeyboardEvent): string | undefined {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return undefined;
  const { target } = event;
  if (target instanceof Element && target.closest('input, select, textarea, form, dialog') !== null)
    return undefined;
  if (document.querySelector('dialog[open]') !== null) return undefined;
  if (event.key === 'Escape') return event.key;
  return letterKeysOn() ? event.key : undefined;
}
