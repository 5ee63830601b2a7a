// Somebody who can be told: a name, and how they are reached. Addresses and ladders come from a page or a command line, and
// are read here, once.

import { PRIORITIES } from '../alarms/condition.ts';
import { HeartwoodError } from '../error.ts';
import { type Step, stepKey } from './ladder.ts';
import { isLanguage, LANGUAGES, type Language } from './language.ts';
import { CHANNELS, type ChannelName, DISCLOSURES, type Disclosure } from './message.ts';

export type Contact = {
  /** Given out once, from 1. */
  readonly number: number;
  readonly name: string;
  /** Whom of the hub's people this is: their pages and browsers are theirs, and what they may not see they are not told. */
  readonly person?: number | undefined;
  readonly mail?: string | undefined;
  readonly webhook?: string | undefined;
  /** A topic. */
  readonly mqtt?: string | undefined;
  /** In which they are told; the hub's, unless given. */
  readonly language?: Language | undefined;
};
export type NewContact = Omit<Contact, 'number'>;

/** What is kept of a patient's telling, or of the hub's own (slot 0, which is also everybody's who has none). */
export type Arranged = {
  readonly steps: readonly Step[];
  readonly disclose: Disclosure;
  readonly setMs: number;
  /** Of a patient: the steps are everybody's, and only what may leave the house is their own. */
  readonly follows?: true;
};
export type NewArranged = Pick<Arranged, 'steps' | 'disclose'>;

const STEPS_MAX = 20;
const AFTER_MAX = 24 * 60;
const NAME_MAX = 100;
/** RFC 5321 section 4.5.3.1. No quoted local parts: what needs one is mistyped more often than meant. */
const MAIL = /^[^\s@<>()[\]\\,;:"\p{Cc}]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)*$/iu;
const MAIL_MAX = 254;
/** A topic to publish on (MQTT 4.7): no wildcard, and none of the hub's or a broker's own. */
const TOPIC = /^(?!\$|heartwood\/)[^+#\p{Cc}]{1,200}$/u;
const URL_MAX = 1000;

function refuse(sentence: string): never {
  throw new HeartwoodError('unacceptable', sentence);
}

/** Addresses that only this machine reaches. */
export const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);

/** An address that may be called: by TLS, or on this machine. @throws HeartwoodError unacceptable */
function checkWebhook(text: string): string {
  const url = text.length > URL_MAX ? null : URL.parse(text);
  const safe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname));
  if (url === null || !safe || url.username !== '' || url.password !== '' || url.hash !== '')
    refuse('A webhook is https://HOST[:PORT]/PATH, or http:// on this machine, without a password.');
  return url.href;
}

/** @throws HeartwoodError unacceptable */
export function checkContact({ name, person, mail, webhook, mqtt, language }: NewContact): NewContact {
  const clean = name.trim();
  if (clean === '' || clean.length > NAME_MAX || /\p{Cc}/u.test(clean) || !clean.isWellFormed())
    refuse(`A contact needs a name in one line of 1 to ${NAME_MAX} characters.`);
  if (mail !== undefined && (mail.length > MAIL_MAX || !MAIL.test(mail)))
    refuse('That is no mail address: it looks like ada@example.org.');
  if (language !== undefined && !isLanguage(language))
    refuse(`A contact is told in one of these languages: ${LANGUAGES.join(', ')}.`);
  if (mqtt !== undefined && !TOPIC.test(mqtt))
    refuse('That is no topic to publish on: it looks like home/alarms, without + and #.');
  const checked = webhook === undefined ? undefined : checkWebhook(webhook);
  if (person === undefined && mail === undefined && webhook === undefined && mqtt === undefined)
    refuse('A contact needs a way to be reached: a person of the hub, a mail address, a webhook or a topic.');
  return {
    name: clean,
    ...(person !== undefined && { person }),
    ...(mail !== undefined && { mail }),
    ...(checked !== undefined && { webhook: checked }),
    ...(mqtt !== undefined && { mqtt }),
    ...(language !== undefined && { language }),
  };
}

/** The ways by which a contact can be reached. */
export function channelsOf({ person, mail, webhook, mqtt }: Contact): ChannelName[] {
  return [
    ...(person === undefined ? [] : (['page', 'push'] as const)),
    ...(mail === undefined ? [] : (['mail'] as const)),
    ...(webhook === undefined ? [] : (['webhook'] as const)),
    ...(mqtt === undefined ? [] : (['mqtt'] as const)),
  ];
}

/** Where a message to a contact goes by a channel; undefined where they have no such way. */
export function addressOf(contact: Contact, channel: ChannelName): string | undefined {
  if (channel === 'page' || channel === 'push') return contact.person?.toString();
  return contact[channel];
}

/** What a page sends for a contact; undefined where it has another form. */
export function readContact(body: unknown): (Omit<NewContact, 'person'> & { person?: string }) | undefined {
  const given = (body ?? {}) as Record<string, unknown>;
  const { name, person, mail, webhook, mqtt, language } = given;
  if (typeof name !== 'string') return undefined;
  const ways = { person, mail, webhook, mqtt, language };
  const kept = Object.entries(ways).filter(([, value]) => value !== undefined && value !== '');
  if (kept.some(([, value]) => typeof value !== 'string' || value.length > URL_MAX)) return undefined;
  return { name, ...(Object.fromEntries(kept) as Record<string, string>) };
}

/** What a page sends for a ladder; undefined where it has another form. */
export function readArranged(body: unknown): NewArranged | undefined {
  const { steps, disclose } = (body ?? {}) as Record<string, unknown>;
  if (!Array.isArray(steps) || !DISCLOSURES.includes(disclose as Disclosure)) return undefined;
  const read = steps.map(readStep);
  return read.includes(undefined) ? undefined : { steps: read as Step[], disclose: disclose as Disclosure };
}

function readStep(given: unknown): Step | undefined {
  const { after, contact, channels, from } = (given ?? {}) as Record<string, unknown>;
  const well =
    Number.isInteger(after) &&
    Number.isInteger(contact) &&
    Array.isArray(channels) &&
    channels.every((one) => CHANNELS.includes(one)) &&
    (PRIORITIES as readonly unknown[]).includes(from);
  return well
    ? {
        after: after as number,
        contact: contact as number,
        channels: channels as ChannelName[],
        from: from as Step['from'],
      }
    : undefined;
}

/** @throws HeartwoodError unacceptable */
export function checkSteps(steps: readonly Step[], contacts: readonly Contact[]): void {
  if (steps.length > STEPS_MAX) refuse(`A ladder has ${STEPS_MAX} steps at most.`);
  if (new Set(steps.map(stepKey)).size < steps.length)
    refuse('The same contact stands twice at the same minute: once is enough.');
  for (const { after, contact, channels } of steps) {
    const known = contacts.find(({ number }) => number === contact);
    if (after < 0 || after > AFTER_MAX) refuse('A step comes after 0 to 1,440 minutes.');
    if (known === undefined) refuse(`There is no contact number ${contact}.`);
    const missing = channels.find((channel) => !channelsOf(known).includes(channel));
    if (channels.length === 0) refuse(`Say by what ${known.name} is told.`);
    if (missing !== undefined) refuse(`${known.name} cannot be reached by ${missing}.`);
  }
}
