// What was moved into the catalogue of texts stays there: these components have no word of their own.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

/** Components without a word of their own. */
const MOVED = [
  'check-result',
  'verify-drawer',
  'vital-tile',
  'recent-list',
  'reading-facts',
  'radio-notice',
  'patient-section',
  'patient-page',
  'help-content',
  'device-list',
  'dialog-button',
  'add-device',
  'acknowledge-form',
  'alarm-bar',
  'app',
  'away',
  'disk-notice',
  'family-hub',
  'family-readings',
  'family-sight',
  'family-view',
  'home',
  'link-notice',
  'list-bar',
  'list-notice',
  'login',
  'newer-notice',
  'own-password',
  'print-summary',
  'printable',
  'row-vital',
  'score-badge',
  'score-panel',
  'settings-dialog',
  'sound-notice',
  'trail-line',
  'worklist',
  'worklist-row',
];
/** Names, and what is typed as it stands. */
const NAMES = /^(Heartwood|NEWS2|heartwood [a-z]+)$/;

/** Words between tags, and in attributes that are read. */
function literals(source: string): readonly string[] {
  const code = source.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
  const between = [...code.matchAll(/(?<!=)>([^<>{}()=;&|]*\p{L}{2,}[^<>{}()=;&|]*)</gu)].map(
    ([, text]) => text,
  );
  const read = [...code.matchAll(/\b(?:aria-label|title|alt)="([^"]*)"/g)].map(([, text]) => text);
  return [...between, ...read].map((text) => text?.trim() ?? '').filter((text) => !NAMES.test(text));
}

describe('components', () => {
  it('are searched well enough to find a bare word', () => {
    expect(literals('<p>Bare words</p>')).toEqual(['Bare words']);
    expect(literals('<p aria-label="Bare">{text().row}</p>')).toEqual(['Bare']);
    expect(literals('<h1>Heartwood</h1> // <p>no</p>')).toEqual([]);
  });

  it.each(MOVED)('%s has its words from the catalogue', (name) => {
    const path = fileURLToPath(new URL(`clinician/components/${name}.tsx`, import.meta.url));
    expect(literals(readFileSync(path, 'utf8'))).toEqual([]);
  });
});
