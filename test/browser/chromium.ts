// Debian's Chromium, headless, for tests that need a real browser.

import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

// A browser shares its cores with whatever else runs: a test waits so long, where it does not say another time.
if (process.env['VITEST'] !== undefined) {
  const { vi } = await import('vitest');
  vi.setConfig({ expect: { poll: { timeout: 15_000 } } });
}

const EXECUTABLE = '/usr/bin/chromium';

export const hasChromium: boolean = existsSync(EXECUTABLE);
/** Added to a test's name when it is skipped: says what is missing. */
export const needsChromium: string = hasChromium ? '' : ' (skipped: install chromium)';

/** Launches it with a new empty profile, and with nothing that would call home. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: EXECUTABLE,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
