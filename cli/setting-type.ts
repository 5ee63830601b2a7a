// What a setting's value may be. Each type turns a word from the command line or the environment into a value
// (`fromWord`), checks that value or one that the config file typed itself (`schema`), and says what is right.

import { z } from 'zod';
import { DURATION_RIGHT, parseDuration } from './duration.ts';

export type SettingType<T> = {
  /** Stands for the value in the help: `<port>`. */
  readonly shape: string;
  /** Completes "it must be …". */
  readonly right: string;
  readonly schema: z.ZodType<T>;
  /** The value that a word means, unchecked; the word itself where it means none. */
  readonly fromWord: (word: string) => unknown;
  /** Names a file or folder: a relative one is taken from the place that names it. */
  readonly path?: true;
  /** May be given more than once. */
  readonly many?: true;
  /** The words that are right, where there are few: a near miss is named. */
  readonly words?: readonly string[];
};

const asNumber = (word: string): unknown => (/^-?\d+(\.\d+)?$/.test(word) ? Number(word) : word);
const itself = (word: string): unknown => word;
const oneLine = z
  .string()
  .min(1)
  .refine((text) => !/\p{Cc}/u.test(text));

export function wholeNumber(least: number, most: number, unit = ''): SettingType<number> {
  return {
    shape: '<number>',
    right: `a whole number${unit === '' ? '' : ` of ${unit}`} from ${least} to ${most}`,
    schema: z.int().min(least).max(most),
    fromWord: asNumber,
  };
}

export function number(above: number, most: number): SettingType<number> {
  return {
    shape: '<number>',
    right: `a number above ${above}, at most ${most}`,
    schema: z.number().gt(above).max(most),
    fromWord: asNumber,
  };
}

export const port: SettingType<number> = {
  ...wholeNumber(0, 65535),
  shape: '<port>',
  right: 'a port number from 0 to 65535 (0 takes any free one)',
};

/** A flag that takes no value; `true` or `false` in the environment and the config file. */
export const yes: SettingType<boolean> = {
  shape: '',
  right: 'true or false',
  schema: z.boolean(),
  fromWord: (word) => (word === 'true' ? true : word === 'false' ? false : word),
};

export const host: SettingType<string> = {
  shape: '<host>',
  right: 'a host name or an IP address, without a port',
  schema: z.union([
    z.ipv4(),
    z.ipv6(),
    z
      .string()
      .max(253)
      // Four groups of digits that are no IPv4 address (127.0.0.256) are a mistyped address, not a name.
      .regex(/^(?!\d+(\.\d+)*$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i),
  ]),
  fromWord: itself,
};

export const path: SettingType<string> = {
  shape: '<path>',
  right: 'the path of a file or folder',
  schema: oneLine,
  fromWord: itself,
  path: true,
};

export const paths: SettingType<readonly string[]> = {
  shape: '<path>',
  right: 'a list of paths (in a variable: with commas between)',
  schema: z.array(oneLine).readonly(),
  fromWord: (word) => word.split(','),
  path: true,
  many: true,
};

export const text: SettingType<string> = {
  shape: '<text>',
  right: 'a line of text',
  schema: oneLine.max(200),
  fromWord: itself,
};

/** A name prefix of the signed-note world: no spaces, no `+`, so that it can stand in a key's name. */
export const originPrefix: SettingType<string> = {
  shape: '<name>',
  right: 'a name of letters, digits, dots, dashes and slashes, such as heartwood or example.org/home',
  schema: z
    .string()
    .max(100)
    .regex(/^[a-z0-9][a-z0-9.-]*(\/[a-z0-9][a-z0-9.-]*)*$/i),
  fromWord: itself,
};

/** Addresses outside: TLS, or this machine. What is called there is bounded by whoever calls it. */
const outside = z
  .string()
  .max(1000)
  .refine((word) => {
    const url = URL.parse(word);
    if (url === null || url.username !== '' || url.hash !== '') return false;
    const isHere = ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname);
    return url.protocol === 'https:' || (url.protocol === 'http:' && isHere);
  });

export const outsideUrl: SettingType<string> = {
  shape: '<url>',
  right: 'https://HOST[:PORT][/PATH], or http:// on this machine',
  schema: outside,
  fromWord: itself,
};

export const outsideUrls: SettingType<readonly string[]> = {
  shape: '<url>',
  right:
    'a list of https://HOST[:PORT][/PATH], or http:// on this machine (in a variable: with commas between)',
  schema: z.array(outside).readonly(),
  fromWord: (word) => word.split(','),
  many: true,
};

export const evmContract: SettingType<string> = {
  shape: '<address>',
  right: '0x and 40 hexadecimal digits',
  schema: z.string().regex(/^0x[0-9a-fA-F]{40}$/),
  fromWord: itself,
};

export const brokerUrl: SettingType<string> = {
  shape: '<url>',
  right: 'mqtt://HOST[:PORT] or mqtts://HOST[:PORT], with no user or password inside it',
  schema: z.string().refine((word) => {
    if (!URL.canParse(word)) return false;
    const url = new URL(word);
    const bare = url.username === '' && url.password === '' && url.search === '' && url.hash === '';
    return (
      bare &&
      ['mqtt:', 'mqtts:'].includes(url.protocol) &&
      url.hostname !== '' &&
      ['', '/'].includes(url.pathname)
    );
  }),
  fromWord: itself,
};

/** Milliseconds, written as a duration everywhere, in the file too. */
export const duration: SettingType<number> = {
  shape: '<duration>',
  right: DURATION_RIGHT,
  schema: z.string().transform((word, context) => {
    const ms = parseDuration(word);
    if (ms !== undefined) return ms;
    context.addIssue({ code: 'custom', message: 'no duration' });
    return z.NEVER;
  }),
  fromWord: itself,
};

export function choice<const T extends string>(words: readonly T[]): SettingType<T> {
  return {
    shape: `<${words.join('|')}>`,
    right: `one of ${words.join(', ')}`,
    schema: z.enum(words as readonly [T, ...T[]]) as unknown as z.ZodType<T>,
    fromWord: itself,
    words,
  };
}
