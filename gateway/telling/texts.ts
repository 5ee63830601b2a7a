// What is said to people, in each language: sentences of a message, and what a condition is called in German. English calls
// it by its own name, as docs/spec/alarms.md does; so does German one that it has no word for.

import type { Priority } from '../alarms/condition.ts';
import type { Language } from './language.ts';

export type Texts = {
  /** How times and numbers are written. */
  readonly locale: string;
  readonly priority: Readonly<Record<Priority, string>>;
  readonly alarm: (priority: Priority, time: string) => string;
  readonly alarms: (count: number, priority: Priority, time: string) => string;
  readonly test: (time: string) => string;
  readonly subject: (priority: Priority) => string;
  readonly testSubject: string;
  /** In the place of a patient's name. */
  readonly hub: string;
  readonly condition: (condition: string) => string;
  /** A number with its unit, of the moment at which the alarm began. */
  readonly measured: (value: string) => string;
  readonly limit: (limit: string) => string;
};

const plain = (condition: string): string => condition.replaceAll('-', ' ').replace(':', ' ');

const EN: Texts = {
  locale: 'en-GB',
  priority: { high: 'high', medium: 'medium', low: 'low' },
  alarm: (priority, time) => `An alarm of ${priority} priority at ${time}; open Heartwood.`,
  alarms: (count, priority, time) =>
    `${count} alarms, the highest of ${priority} priority, since ${time}; open Heartwood.`,
  test: (time) => `This is a test at ${time}: nothing has happened. An alarm would come like this.`,
  subject: (priority) => `Heartwood: an alarm of ${priority} priority`,
  testSubject: 'Heartwood: a test',
  hub: 'The hub',
  condition: plain,
  measured: (value) => `${value} when it began`,
  limit: (limit) => ` (limit ${limit})`,
};

/** `hoher Priorität`: the only case that is needed. */
const OF: Readonly<Record<Priority, string>> = { high: 'hoher', medium: 'mittlerer', low: 'niedriger' };

const DE: Texts = {
  locale: 'de-DE',
  priority: { high: 'hoch', medium: 'mittel', low: 'niedrig' },
  alarm: (priority, time) => `Ein Alarm ${OF[priority]} Priorität um ${time}; bitte Heartwood öffnen.`,
  alarms: (count, priority, time) =>
    `${count} Alarme, der höchste von ${OF[priority]} Priorität, seit ${time}; bitte Heartwood öffnen.`,
  test: (time) => `Das ist ein Test um ${time}: Es ist nichts geschehen. So käme ein Alarm.`,
  subject: (priority) => `Heartwood: ein Alarm ${OF[priority]} Priorität`,
  testSubject: 'Heartwood: ein Test',
  hub: 'Der Hub',
  condition: (condition) => {
    const [rule = '', ...of] = condition.split(':');
    const named = of.join(':');
    if (Object.hasOwn(WHOLE_DE, condition)) return WHOLE_DE[condition] as string;
    const about = Object.hasOwn(ABOUT_DE, rule) ? ABOUT_DE[rule] : undefined;
    if (about === undefined || named === '') return plain(condition);
    return about(Object.hasOwn(MEASURES_DE, named) ? (MEASURES_DE[named] as string) : named);
  },
  measured: (value) => `${value} bei Beginn`,
  limit: (limit) => ` (Grenze ${limit})`,
};

export const TEXTS: Readonly<Record<Language, Texts>> = { en: EN, de: DE };

const MEASURES_DE: Readonly<Record<string, string>> = {
  'heart-rate': 'Herzfrequenz',
  spo2: 'Sauerstoffsättigung',
  'respiratory-rate': 'Atemfrequenz',
  'body-temperature': 'Körpertemperatur',
  systolic: 'systolischer Blutdruck',
  glucose: 'Blutzucker',
  ecg: 'EKG',
  news2: 'NEWS2',
};

const WHOLE_DE: Readonly<Record<string, string>> = {
  'heart-rate-very-high': 'Herzfrequenz sehr hoch',
  'heart-rate-high': 'Herzfrequenz hoch',
  'heart-rate-low': 'Herzfrequenz niedrig',
  'heart-rate-very-low': 'Herzfrequenz sehr niedrig',
  'spo2-low': 'Sauerstoffsättigung niedrig',
  'spo2-very-low': 'Sauerstoffsättigung sehr niedrig',
  'respiratory-rate-high': 'Atemfrequenz hoch',
  'respiratory-rate-very-high': 'Atemfrequenz sehr hoch',
  'respiratory-rate-very-low': 'Atemfrequenz sehr niedrig',
  'body-temperature-high': 'Körpertemperatur hoch',
  'body-temperature-low': 'Körpertemperatur niedrig',
  'systolic-very-high': 'systolischer Blutdruck sehr hoch',
  'systolic-high': 'systolischer Blutdruck hoch',
  'systolic-low': 'systolischer Blutdruck niedrig',
  'glucose-very-low': 'Blutzucker sehr niedrig',
  'glucose-low': 'Blutzucker niedrig',
  'glucose-high': 'Blutzucker hoch',
  'news2-emergency': 'NEWS2 mindestens 7',
  'news2-urgent': 'NEWS2 mindestens 5',
  'news2-extreme': 'ein Wert allein mit 3 Punkten in NEWS2',
  asystole: 'kein Herzschlag im EKG',
  'ecg-tachycardia': 'EKG: Herz rast',
  'ecg-bradycardia': 'EKG: Herz schlägt sehr langsam',
  'pulse-lost': 'Puls am Finger verloren, EKG nicht lesbar',
  'battery-low': 'Batterie schwach',
  'battery-empty': 'Batterie fast leer',
  'disk-full': 'Speicher voll',
  'disk-read-only': 'Speicher nimmt nichts an',
  'disk-failed': 'Speicher versagt',
  'disk-low': 'Speicher fast voll',
  'ledger-silent': 'das Register außer Haus antwortet nicht',
  'witness-silent': 'zu wenige Zeugen antworten',
  'no-bluetooth': 'kein Bluetooth',
};

const ABOUT_DE: Readonly<Record<string, (of: string) => string>> = {
  worsening: (measure) => `${measure} verschlechtert sich`,
  stale: (measure) => `${measure}: kein neuer Wert`,
  'sensor-off': (measure) => `${measure}: Sensor ab`,
  artefact: (measure) => `${measure}: Signal nicht brauchbar`,
  silent: (device) => `${device} meldet sich nicht`,
  'link-lost': (device) => `Verbindung zu ${device} verloren`,
  gap: (device) => `von ${device} fehlen Nachrichten`,
  'clock-untrusted': (device) => `die Uhr von ${device} stimmt nicht`,
  'wants-pairing': (device) => `${device} möchte gekoppelt werden`,
  'stale-bond': (device) => `${device} kennt die Kopplung nicht mehr`,
  'clock-wrong': (device) => `${device} zeigt eine falsche Zeit`,
  'adapter-hangs': (adapter) => `Bluetooth-Adapter ${adapter} hängt`,
  'adapter-gone': (adapter) => `Bluetooth-Adapter ${adapter} ist fort`,
};
