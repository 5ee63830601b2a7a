// What is said to somebody, and the port by which it leaves the house. A channel takes a message and answers with a
// receipt, or with why there is none and whether trying again may help. It knows no alarm, no patient and no ladder.

import type { Priority } from '../alarms/condition.ts';
import type { Language } from './language.ts';

/** How somebody can be reached. `page` and `push` take a person of the hub, the others an address. */
export const CHANNELS = ['page', 'push', 'mail', 'webhook', 'mqtt'] as const;
export type ChannelName = (typeof CHANNELS)[number];

/** What the patient allows to leave the house besides "an alarm of this priority, at this time". */
export const DISCLOSURES = ['nothing', 'name', 'values'] as const;
export type Disclosure = (typeof DISCLOSURES)[number];

/** An alarm as far as it may be told. */
export type ToldAlarm = {
  readonly priority: Priority;
  /** ms since 1970. */
  readonly raised: number;
  readonly patient?: string;
  readonly condition?: string;
  readonly facts?: Readonly<Record<string, string | number>>;
};

export type Message = {
  /** The same at every attempt, and of no other message: whoever gets it twice can tell. Says nothing. */
  readonly key: string;
  readonly kind: 'alarm' | 'test';
  /** The highest. */
  readonly priority: Priority;
  /** When the oldest of the alarms was raised; of a test, when it was asked for. ms since 1970. */
  readonly at: number;
  readonly text: string;
  /** Of `text`; English, unless given. */
  readonly language?: Language | undefined;
  readonly alarms: readonly ToldAlarm[];
};

/** `seen`: a person's page showed it. `accepted`: the next machine on the way took it over. */
export type Receipt = { readonly how: 'seen' | 'accepted' };

/** Codes that may stand in the record and in a log: no address, no answer of a stranger's. */
export type NotDeliveredCode =
  | 'not-set-up'
  | 'no-address'
  | 'not-permitted'
  | 'address-refused'
  | 'unreachable'
  | 'timeout'
  | 'certificate'
  | 'login-refused'
  | 'refused'
  | 'busy'
  | 'gone'
  | 'not-seen';

/** Trying again does not help until somebody changes something. */
const FINAL: ReadonlySet<NotDeliveredCode> = new Set<NotDeliveredCode>([
  'not-set-up',
  'no-address',
  'not-permitted',
  'address-refused',
  'certificate',
  'login-refused',
  'refused',
  'gone',
  'not-seen',
]);

export class NotDelivered extends Error {
  readonly code: NotDeliveredCode;

  constructor(code: NotDeliveredCode, sentence: string) {
    super(sentence);
    this.name = 'NotDelivered';
    this.code = code;
  }

  get isFinal(): boolean {
    return FINAL.has(this.code);
  }
}

export type Channel = {
  /**
   * @param to an address of this channel, as `parseAddress` takes it
   * @param signal ends the attempt; what is not answered then counts as not delivered
   * @throws NotDelivered
   */
  deliver(to: string, message: Message, signal: AbortSignal): Promise<Receipt>;
};

/**
 * What Node and OpenSSL say of a certificate that does not hold: the same at each attempt. A handshake that breaks off is not
 * among it, since a server that restarts, or is too busy, breaks it off as well.
 */
const OF_CERTIFICATE =
  /^(CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|ERR_TLS_CERT_|HOSTNAME_MISMATCH$|INVALID_(CA|PURPOSE)$|PATH_LENGTH_)/;
export const isOfCertificate = (code: unknown): boolean => OF_CERTIFICATE.test(String(code));

/** Why a connection came to nothing, from what Node throws. Its text may name hosts: it is not passed on. */
export function connectionFault(error: unknown, signal: AbortSignal): NotDelivered {
  if (error instanceof NotDelivered) return error;
  const codes = codesOf(error);
  if (codes.some(isOfCertificate))
    return new NotDelivered('certificate', 'The other side could not show a certificate that holds.');
  if (signal.aborted || codes.includes('ETIMEDOUT'))
    return new NotDelivered('timeout', 'The other side did not answer in time.');
  return new NotDelivered('unreachable', 'The other side could not be reached.');
}

function codesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const own = 'code' in error ? [String(error.code)] : [];
  const inner = error instanceof AggregateError ? error.errors.flatMap(codesOf) : [];
  return [...own, ...inner, ...codesOf(error.cause)];
}
