// Topics: where a device speaks and listens. `heartwood/v1/<deviceId>/<channel>`, docs/spec/topics.md.
// `parseTopic(topicOf(id, channel))` gives back id and channel; anything else parses to undefined.

/** `readings` and `wave` carry messages, `status` is retained, `command` goes from the hub to the device. */
export const CHANNELS = ['readings', 'wave', 'status', 'command'] as const;
export type Channel = (typeof CHANNELS)[number];

const PREFIX = 'heartwood/v1/';

/** What a device may be called: 3 to 63 characters, so that it fits a host name, a certificate and a topic level. */
export const DEVICE_ID: RegExp = /^[a-z0-9][a-z0-9-]{2,62}$/;

/** Whether `text` can name a device. */
export function isDeviceId(text: string): boolean {
  return DEVICE_ID.test(text);
}

/** The topic of one device's channel. */
export function topicOf(deviceId: string, channel: Channel): string {
  return `${PREFIX}${deviceId}/${channel}`;
}

/** Device and channel of a topic; undefined for every topic that is not exactly one of ours. */
export function parseTopic(
  topic: string,
): { readonly deviceId: string; readonly channel: Channel } | undefined {
  if (!topic.startsWith(PREFIX)) return undefined;
  const slash = topic.indexOf('/', PREFIX.length);
  if (slash < 0) return undefined;
  const deviceId = topic.slice(PREFIX.length, slash);
  const channel = topic.slice(slash + 1) as Channel;
  return CHANNELS.includes(channel) && isDeviceId(deviceId) ? { deviceId, channel } : undefined;
}
