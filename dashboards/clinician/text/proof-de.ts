// A proof's steps in German. The verifier speaks English, the very words of the command line: each sentence that it makes of a
// proof that holds has its German here, with what is in it taken over as it stands. A sentence that is not known stays English,
// so that nothing is said that the verifier did not say.

import { KIND_NAMES, KINDS } from '@heartwood/vitals';
import { labelOf } from '../wording.ts';

const TITLES: Readonly<Record<string, string>> = {
  policy: 'Wem Sie trauen',
  format: 'Form der Datei',
  entry: 'Was behauptet wird',
  segment: 'Platz im Segment',
  batch: 'Platz im Abschnitt',
  statement: 'Die Unterschrift des Hubs',
  times: 'Zeiten',
  inclusion: 'Platz im Register',
  checkpoint: 'Die Unterschrift des Registers',
  witnesses: 'Zeugen',
  anchors: 'Zweite Anker',
  screen: 'Was dieser Bildschirm zeigte',
};

/** The title of a step, by its name; undefined: it has none here. */
export const stepTitle = (name: string): string | undefined =>
  Object.hasOwn(TITLES, name) ? TITLES[name] : undefined;

type Taken = readonly string[];
type Rule = readonly [english: RegExp, german: (taken: Taken) => string];

/** `2 hub keys` as a count and the word for it. */
const counted = (of: string, one: string, many: string): string => {
  const count = /^\d+/.exec(of)?.[0] ?? of;
  return `${count} ${count === '1' ? one : many}`;
};
const UNITS: Readonly<Record<string, readonly [one: string, many: string]>> = {
  second: ['Sekunde', 'Sekunden'],
  minute: ['Minute', 'Minuten'],
  hour: ['Stunde', 'Stunden'],
  day: ['Tag', 'Tage'],
};
/** `0.8 seconds`. */
const span = (words: string): string => {
  const [count = '', unit = ''] = words.split(' ');
  const [one, many] = UNITS[unit.replace(/s$/, '')] ?? [unit, unit];
  return `${count.replace('.', ',')} ${count === '1' ? one : many}`;
};
const quorum = (words: string): string =>
  words === 'none'
    ? 'keinen'
    : words.replaceAll(/\b(any|all|\d+) of \(/g, (_, need: string) =>
        need === 'any' ? 'einen von (' : need === 'all' ? 'alle von (' : `${need} von (`,
      );
/** `Heart rate 72 /min`, whose kind has a German name. */
const described = (words: string): string => {
  const kind = KIND_NAMES.find((name) => words.startsWith(`${KINDS[name].label} `));
  return kind === undefined ? words : `${labelOf(kind)}${words.slice(KINDS[kind].label.length)}`;
};
const SOURCES: Readonly<Record<string, string>> = {
  'a wearable': 'ein Wearable',
  'a SIMULATOR, not a body': 'ein SIMULATOR, kein Körper',
  'a RECORDING that was played back, not a body at that time':
    'eine AUFNAHME, die abgespielt wurde, kein Körper zu dieser Zeit',
  'a person who typed it in': 'ein Mensch, der es eingab',
};
const at = (word: string): string => word.replaceAll(' at ', ' um ');

const TIME = String.raw`(\S+Z)`;
const SPAN = String.raw`([\d.]+ \w+)`;
const rule = (english: string, german: Rule[1]): Rule => [new RegExp(`^${english}$`, 's'), german];

const RULES: readonly Rule[] = [
  rule(
    String.raw`The policy trusts (.+?), (\d+ \w+) and (\d+ \w+); it asks for witnesses: (.+)\.`,
    ([hubs = '', ledgers = '', witnesses = '', asked = '']) =>
      `Die Policy traut ${counted(hubs, 'Hub-Schlüssel', 'Hub-Schlüsseln')}, ${counted(ledgers, 'Register', 'Registern')} und ${counted(witnesses, 'Zeugen', 'Zeugen')}; an Zeugen verlangt sie: ${quorum(asked)}.`,
  ),
  rule(
    String.raw`The file is a proof bundle of version 1, whole and printed as it must be\.`,
    () => 'Die Datei ist ein Beweis der Version 1, ganz und in der vorgeschriebenen Form.',
  ),
  rule(
    String.raw`The entry is a reading: (.+), from device "([^"]+)" \((a [^()]+)\), patient ([0-9a-f]+); (?:the device, which has no clock, gave no time|measured at (\S+Z) by the device's clock), received at ${TIME} by the hub's clock\.`,
    ([what = '', device, source = '', patient, measured, received]) =>
      `Der Eintrag ist ein Messwert: ${described(what)}, vom Gerät „${device}“ (${SOURCES[source] ?? source}), Patient ${patient}; ${
        measured === undefined
          ? 'das Gerät hat keine Uhr und nannte keine Zeit'
          : `gemessen um ${measured} nach der Uhr des Geräts`
      }, empfangen um ${received} nach der Uhr des Hubs.`,
  ),
  rule(
    String.raw`The entry is an event of the hub itself: (.+), at ${TIME}\.`,
    ([what, time]) => `Der Eintrag ist ein Ereignis des Hubs selbst: ${what}, um ${time}.`,
  ),
  rule(
    String.raw`It is the only entry of its segment; its salted hash leads to a segment root\.`,
    () =>
      'Es ist der einzige Eintrag seines Segments; seine gesalzene Prüfsumme führt zur Wurzel eines Segments.',
  ),
  rule(
    String.raw`It is entry (\d+) of (\d+), counted from 0, of its segment; its salted hash leads to a segment root\.`,
    ([index, size]) =>
      `Es ist Eintrag ${index} von ${size} seines Segments, von 0 gezählt; seine gesalzene Prüfsumme führt zur Wurzel eines Segments.`,
  ),
  rule(
    String.raw`The segment is slot (\d+) of (\d+); it leads to the batch root of the statement\.`,
    ([slot, slots]) =>
      `Das Segment ist Platz ${slot} von ${slots}; es führt zur Wurzel des Abschnitts in der Erklärung.`,
  ),
  rule(
    String.raw`The hub (\S+) signed batch (\d+), whose interval ended at ${TIME} by the hub's clock\.`,
    ([hub, batch, end]) =>
      `Der Hub ${hub} unterschrieb Abschnitt ${batch}, dessen Zeit um ${end} nach der Uhr des Hubs endete.`,
  ),
  rule(
    String.raw`It was sealed ${SPAN} after the hub received it\.`,
    ([waited = '']) => `Es wurde ${span(waited)} nach dem Empfang durch den Hub versiegelt.`,
  ),
  rule(
    String.raw`ADDED LATE: ${SPAN} lie between the time it claims and its sealing\. That it is from ${TIME} is the hub's word alone; proved is that it existed by ${TIME}\.`,
    ([waited = '', from, end]) =>
      `SPÄT DAZUGEKOMMEN: ${span(waited)} liegen zwischen der Zeit, die es nennt, und seiner Versiegelung. Dass es von ${from} ist, ist das Wort des Hubs allein; bewiesen ist, dass es um ${end} da war.`,
  ),
  rule(
    String.raw`The statement is entry (\d+) of the (\d+) that (\S+) had then\.`,
    ([index, size, ledger]) => `Die Erklärung ist Eintrag ${index} der ${size}, die ${ledger} damals hatte.`,
  ),
  rule(
    String.raw`The ledger (\S+) signed its checkpoint over (\d+ \w+)(?: with (.+))?\.`,
    ([ledger, entries = '', kinds]) =>
      `Das Register ${ledger} unterschrieb seinen Stand über ${counted(entries, 'Eintrag', 'Einträge')}${kinds === undefined ? '' : ` mit ${kinds.replaceAll(' and ', ' und ')}`}.`,
  ),
  rule(
    String.raw`The same checkpoint was seen and cosigned by ((?:[^\s,]+(?: at \S+Z)?(?:, )?)+)\.`,
    ([witnesses = '']) => `Denselben Stand sahen und unterschrieben mit: ${at(witnesses)}.`,
  ),
  rule(
    String.raw`The policy asks for no witness, and none cosigned: that the ledger shows everybody the same is its word alone\.`,
    () =>
      'Die Policy verlangt keinen Zeugen, und keiner unterschrieb mit: Dass das Register allen dasselbe zeigt, ist sein Wort allein.',
  ),
  rule(
    String.raw`It is the (reading|event) that you clicked: number (\S+), to the last bit\.`,
    ([noun, id]) =>
      `Es ist ${noun === 'reading' ? 'der Messwert, den' : 'das Ereignis, das'} Sie angeklickt haben: Nummer ${id}, bis aufs letzte Bit.`,
  ),
  rule(String.raw`The file is about another (reading|event) than the one that you clicked\.`, ([noun]) =>
    noun === 'reading'
      ? 'Die Datei handelt von einem anderen Messwert als dem, den Sie angeklickt haben.'
      : 'Die Datei handelt von einem anderen Ereignis als dem, das Sie angeklickt haben.',
  ),
  rule(
    String.raw`Not checked: it stands on a step above that failed\.`,
    () => 'Nicht geprüft: Der Schritt stützt sich auf einen, der oben scheiterte.',
  ),
  rule(
    String.raw`(Reading|Event) (\d+\.\d+\.\d+) \((.+)\) is exactly what (\S+) sealed in batch (\d+); not a bit of it has changed since\.`,
    ([noun, id, what = '', hub, batch]) =>
      `${noun === 'Reading' ? 'Messwert' : 'Ereignis'} ${id} (${described(what)}) ist genau das, was ${hub} in Abschnitt ${batch} versiegelt hat; kein Bit davon hat sich seither geändert.`,
  ),
  rule(
    String.raw`The ledger (\S+) holds that batch as entry (\d+)\.`,
    ([ledger, index]) => `Das Register ${ledger} hält diesen Abschnitt als Eintrag ${index}.`,
  ),
  rule(
    String.raw`It existed at ${TIME} at the latest, by (?:the clock of a witness|the clocks of (\d+) witnesses)\.`,
    ([time, clocks]) =>
      `Es war spätestens um ${time} da, nach ${clocks === undefined ? 'der Uhr eines Zeugen' : `den Uhren von ${clocks} Zeugen`}.`,
  ),
  rule(
    'That the device measured rightly, or was worn by this patient\\.',
    () => 'Dass das Gerät richtig maß, oder dass dieser Patient es trug.',
  ),
  rule(
    'That what the hub wrote of itself is true\\.',
    () => 'Dass wahr ist, was der Hub von sich selbst schrieb.',
  ),
  rule(
    `That the hub's clock was right when it wrote ${TIME} and ${TIME}\\.`,
    ([received, end]) => `Dass die Uhr des Hubs richtig ging, als er ${received} und ${end} schrieb.`,
  ),
  rule(
    'That everybody is shown the same ledger: the policy asks for no witness\\.',
    () => 'Dass allen dasselbe Register gezeigt wird: Die Policy verlangt keinen Zeugen.',
  ),
];

/** A sentence of the verifier's in German; undefined where it has none. */
export function proofSentence(english: string): string | undefined {
  for (const [pattern, german] of RULES) {
    const found = pattern.exec(english);
    if (found !== null) return german(found.slice(1));
  }
  return undefined;
}
