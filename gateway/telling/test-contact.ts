// A test message to a contact from the command line, beside a hub that runs or rests: each way once, now, with its outcome.

import type { Vault } from '../vault.ts';
import { type Channels, openChannels, type TellingChoice } from './channels.ts';
import { addressOf, type Contact, channelsOf } from './contact.ts';
import type { Language } from './language.ts';
import { type ChannelName, NotDelivered } from './message.ts';
import { isPermitted } from './permitted.ts';
import { keptPushKey } from './push-key.ts';
import { newKey, TellingStore } from './telling-store.ts';
import { testMessage } from './words.ts';

export type Tested = {
  readonly channel: ChannelName;
  readonly delivered: boolean;
  /** A sentence, where it was not. */
  readonly why?: string;
};

const TEST_MS = 20_000;

/** Sends it by each way that the contact has, but the page, which shows alarms alone. Each outcome is an event. */
export async function testContact(vault: Vault, choice: TellingChoice, contact: Contact): Promise<Tested[]> {
  const store = new TellingStore(vault);
  const channels = openChannels(choice, {
    clock: vault.clock,
    page: { deliver: () => Promise.reject(new NotDelivered('not-seen', 'A page shows alarms alone.')) },
    push: {
      key: (make) => keptPushKey(vault, make),
      of: (person) => store.subscriptions().filter((one) => one.person === person),
      onGone: (number) => vault.store.transaction(() => store.dropSubscription(number)),
    },
  });
  const ways = channelsOf(contact).filter((way) => way !== 'page');
  return Promise.all(ways.map((channel) => testOne(vault, channels, contact, channel, choice.language)));
}

async function testOne(
  vault: Vault,
  channels: Channels,
  contact: Contact,
  channel: ChannelName,
  language: Language | undefined,
): Promise<Tested> {
  const record = (outcome: Readonly<Record<string, string>>): void =>
    vault.store.transaction(() =>
      vault.recordEvent('alarm-told', { contact: contact.number, channel, kind: 'test', ...outcome }),
    );
  try {
    if (!isPermitted(vault, contact, []))
      throw new NotDelivered('not-permitted', 'This person was shut out of the hub.');
    const message = testMessage(newKey(), vault.clock(), contact.language ?? language);
    const to = addressOf(contact, channel) ?? '';
    const { how } = await channels[channel].deliver(to, message, AbortSignal.timeout(TEST_MS));
    record({ outcome: 'delivered', how });
    return { channel, delivered: true };
  } catch (error) {
    if (!(error instanceof NotDelivered)) throw error;
    record({ outcome: 'failed', why: error.code });
    return { channel, delivered: false, why: error.message };
  }
}
