// People are told in their own language, of every condition that there is; a program is told the same in any.

import { describe, expect, it } from 'vitest';
import { PRIORITIES } from '../alarms/condition.ts';
import { DEFAULT_LIMITS } from '../alarms/limits.ts';
import { checkContact, readContact } from './contact.ts';
import { payloadOf } from './push.ts';
import { TEXTS } from './texts.ts';
import { alarmMessage, subjectOf, testMessage } from './words.ts';

/** docs/spec/alarms.md, with a name where there is one. */
const OTHERS = [
  'news2-emergency',
  'news2-urgent',
  'news2-extreme',
  'worsening:heart-rate',
  'worsening:respiratory-rate',
  'worsening:spo2',
  'worsening:news2',
  'silent:watch-1',
  'stale:heart-rate',
  'stale:glucose',
  'sensor-off:spo2',
  'sensor-off:ecg',
  'artefact:spo2',
  'artefact:systolic',
  'artefact:body-temperature',
  'artefact:ecg',
  'battery-low',
  'battery-empty',
  'link-lost:watch-1',
  'gap:watch-1',
  'clock-untrusted:watch-1',
  'asystole',
  'ecg-tachycardia',
  'ecg-bradycardia',
  'pulse-lost',
  'disk-full',
  'disk-read-only',
  'disk-failed',
  'disk-low',
  'ledger-silent',
  'witness-silent',
  'wants-pairing:watch-1',
  'stale-bond:watch-1',
  'clock-wrong:watch-1',
  'no-bluetooth',
  'adapter-hangs:hci0',
  'adapter-gone:hci0',
];
const CONDITIONS = [...DEFAULT_LIMITS.map(({ id }) => id), ...OTHERS];
/** Half past one at night, as `timeOf` says it on this machine. */
const AT = Date.UTC(2026, 10, 21, 1, 30);
const told = { priority: 'high', raised: AT } as const;

describe('German', () => {
  it.each(CONDITIONS)('has words for %s', (condition) => {
    const said = TEXTS.de.condition(condition);
    expect(said).not.toBe(TEXTS.en.condition(condition));
    const named = /(?:watch-1|hci0)$/.exec(condition)?.[0];
    if (named !== undefined) expect(said).toContain(named);
    else expect(said).not.toMatch(/^[a-z0-9]+[ -](?:rate|of|off)\b|undefined/);
  });
  it('calls what it has no word for as the record does', () => {
    expect(TEXTS.de.condition('something-new:watch-1')).toBe('something new watch 1');
    expect(TEXTS.de.condition('constructor')).toBe('constructor');
    expect(TEXTS.de.condition('toString:x')).toBe('toString x');
  });
  it('says as little as English unless the patient lets more out', () => {
    for (const priority of PRIORITIES) {
      const { text } = alarmMessage('k', [{ ...told, priority }], priority, 'de');
      expect(text).toMatch(/^Ein Alarm \S+ Priorität um \d\d:\d\d \S.*; bitte Heartwood öffnen\.$/);
    }
    const two = alarmMessage('k', [told, { ...told, priority: 'low' }], 'high', 'de');
    expect(two.text).toMatch(/^2 Alarme, der höchste von hoher Priorität, seit /);
  });
  it('says who, what and how much where it may, with a comma in its numbers', () => {
    const facts = { value: 39.4, unit: 'Cel', limit: 39 };
    const alarm = { ...told, patient: 'Ada', condition: 'body-temperature-high', facts };
    const { text } = alarmMessage('k', [alarm], 'high', 'de');
    expect(text.split('\n')[1]).toBe('Ada, hoch: Körpertemperatur hoch: 39,4 Cel bei Beginn (Grenze 39)');
    const english = alarmMessage('k', [alarm], 'high');
    expect(english.text.split('\n')[1]).toBe(
      'Ada, high: body temperature high: 39.4 Cel when it began (limit 39)',
    );
    // What a program reads is the same.
    expect(alarmMessage('k', [alarm], 'high', 'de').alarms).toEqual(english.alarms);
    const ofHub = alarmMessage('k', [{ ...told, condition: 'disk-full' }], 'high', 'de');
    expect(ofHub.text.split('\n')[1]).toBe('Der Hub, hoch: Speicher voll');
  });
  it('is the language of subjects, titles and tests too', () => {
    expect(subjectOf(alarmMessage('k', [told], 'high', 'de'))).toBe('Heartwood: ein Alarm hoher Priorität');
    expect(subjectOf(testMessage('k', AT, 'de'))).toBe('Heartwood: ein Test');
    expect(testMessage('k', AT, 'de').text).toMatch(/^Das ist ein Test um /);
    expect(JSON.parse(payloadOf(testMessage('k', AT, 'de')))).toMatchObject({
      kind: 'test',
      title: 'Heartwood: ein Test',
    });
    // One that was kept before messages had a language.
    expect(subjectOf({ kind: 'alarm', priority: 'low' })).toBe('Heartwood: an alarm of low priority');
  });
});

describe('a contact’s language', () => {
  it('is one that there is, or none', () => {
    const bea = { name: 'Bea', mail: 'bea@example.org' };
    expect(checkContact({ ...bea, language: 'de' })).toEqual({ ...bea, language: 'de' });
    expect(checkContact(bea)).toEqual(bea);
    expect(readContact({ ...bea, language: 'de' })).toEqual({ ...bea, language: 'de' });
    expect(readContact({ ...bea, language: '' })).toEqual(bea);
    expect(() => checkContact({ ...bea, language: 'fr' as never })).toThrow(/one of these languages: en, de/);
    // A language is no way to be reached.
    expect(() => checkContact({ name: 'Bea', language: 'de' })).toThrow(/needs a way/);
  });
});
