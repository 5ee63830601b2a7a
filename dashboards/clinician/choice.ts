// What a visitor chose for this browser: theme, language, sound. Kept in localStorage, under names of the page's own; a
// browser that keeps nothing forgets it with the page.

const kept = new Map<string, string>();

/** @returns what was chosen, if it is one of those that there are now */
export function readChoice<T extends string>(name: string, among: readonly T[], otherwise: T): T {
  let stored = kept.get(name);
  try {
    stored ??= localStorage.getItem(name) ?? undefined;
  } catch {
    // No storage: what was chosen since the page opened.
  }
  return among.find((each) => each === stored) ?? otherwise;
}

export function writeChoice(name: string, value: string): void {
  kept.set(name, value);
  try {
    localStorage.setItem(name, value);
  } catch {
    return;
  }
}
