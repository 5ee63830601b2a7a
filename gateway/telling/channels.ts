// The channels of a hub, made from what its owner set. Each library is loaded when the first message needs it: a hub that
// tells nobody pays for none.

import type { Language } from './language.ts';
import type { Channel, ChannelName } from './message.ts';
import { NotDelivered } from './message.ts';
import type { PushKey, PushOptions } from './push.ts';

/** Plain data: it crosses into the hub's thread. Secrets among it are in no log and no table. */
export type TellingChoice = {
  readonly smtpUrl?: string | undefined;
  /** Whom mails come from. */
  readonly from?: string | undefined;
  readonly mqttUrl?: string | undefined;
  readonly webhookSecret?: string | undefined;
  /** PEM of an authority that is believed besides the well-known ones. */
  readonly ca?: string | undefined;
  /** Of contacts who have none of their own; English, unless given. */
  readonly language?: Language | undefined;
};

export type PushPorts = Pick<PushOptions, 'of' | 'onGone'> & {
  /** The hub's key, made where there is none. */
  readonly key: (make: () => PushKey) => PushKey;
  readonly insideToo?: boolean;
};

export type Channels = Readonly<Record<ChannelName, Channel>>;

/** A mail address is asked for by push services too; a hub without one says so in a form that all of them take. */
const NO_SUBJECT = 'https://heartwood.invalid/';

export function openChannels(
  choice: TellingChoice,
  ports: { readonly clock: () => number; readonly page: Channel; readonly push: PushPorts },
): Channels {
  const ca = async (): Promise<readonly string[] | undefined> =>
    choice.ca === undefined ? undefined : withWellKnown(choice.ca);
  const missing = (what: string) => new NotDelivered('not-set-up', `This hub has no ${what} yet.`);
  return {
    page: ports.page,
    push: lazily(async () => {
      const { makePushKey, pushChannel } = await import('./push.ts');
      const { key, ...rest } = ports.push;
      const subject = choice.from === undefined ? NO_SUBJECT : `mailto:${choice.from}`;
      return pushChannel({ ...rest, key: () => key(makePushKey), subject, ca: await ca() });
    }),
    mail: lazily(async () => {
      const { smtpUrl: url, from } = choice;
      if (url === undefined || from === undefined) throw missing('mail server (smtp-file, mail-from)');
      const { mailChannel } = await import('./mail.ts');
      return mailChannel({ url, from, ca: await ca() });
    }),
    webhook: lazily(async () => {
      const { webhookChannel } = await import('./webhook.ts');
      return webhookChannel({ secret: choice.webhookSecret, ca: await ca(), clock: ports.clock });
    }),
    mqtt: lazily(async () => {
      if (choice.mqttUrl === undefined) throw missing('broker to tell (tell-mqtt-file)');
      const { mqttChannel } = await import('./mqtt.ts');
      return mqttChannel({ url: choice.mqttUrl, ca: await ca() });
    }),
  };
}

/** Which channels need nothing more of the owner. */
export const channelsReady = ({ smtpUrl, from, mqttUrl }: TellingChoice): ChannelName[] => [
  'page',
  'push',
  ...(smtpUrl !== undefined && from !== undefined ? (['mail'] as const) : []),
  'webhook',
  ...(mqttUrl === undefined ? [] : (['mqtt'] as const)),
];

/** Node believes either the authorities that it was given or those that it knows. */
async function withWellKnown(pem: string): Promise<readonly string[]> {
  const { getCACertificates } = await import('node:tls');
  return [...getCACertificates('default'), pem];
}

/** A channel that is opened by its first message; where that fails, by the next one. */
export function lazily(open: () => Promise<Channel>): Channel {
  let opened: Promise<Channel> | undefined;
  return {
    deliver: async (to, message, signal) => {
      opened ??= open();
      const mine = opened;
      // Kept, a file that was missing for a second would silence the channel until the next start.
      const channel = await mine.catch((error: unknown) => {
        if (opened === mine) opened = undefined;
        throw error;
      });
      return channel.deliver(to, message, signal);
    },
  };
}
