// Every bound the broker keeps, in one place, with the reason for its default on a Raspberry Pi with 2 GB.
// Memory at the worst: connectionsMax x (one socket read of 64 KiB + one packet), since a connection is not
// read further while its messages wait for the disk.

export type Limits = {
  /** Largest packet in bytes, header included: the body limit of 256 KiB and room for topic and properties. */
  packetBytesMax: number;
  /** Largest CONNECT in bytes. It comes from nobody yet: id, user name, password and will fit in 4 KiB. */
  connectPacketBytesMax: number;
  /** Open sockets over all listeners, CONNECT arrived or not. An idle one costs about 27 KB. */
  connectionsMax: number;
  /** Open sockets from one address (IPv6: one /64). Above a home's whole fleet behind one router or container bridge. */
  connectionsPerAddressMax: number;
  /** From the TCP accept to the whole CONNECT, the TLS handshake included. */
  connectTimeoutMs: number;
  /** Longest keep-alive left to an MQTT 5 client (Server Keep Alive, MQTT-3.1.2-21). Older clients keep theirs. */
  keepAliveSecondsMax: number;
  /** QoS 1 and 2 messages one MQTT 5 client may have unacknowledged (Receive Maximum, MQTT-3.3.4-7). */
  inFlightMax: number;
  /** QoS 2 message ids one device may leave without PUBREL. */
  unreleasedMax: number;
  /** Packets a client may send between CONNECT and CONNACK. */
  queueLimit: number;
  /** How long a client may leave its socket full, and how long close() waits for the disk. */
  drainTimeoutMs: number;
  /** Levels of a topic. Ours have four. */
  topicLevelsMax: number;
  /** Wrong logins of one device id from one address before it must wait. */
  failedLoginsMax: number;
  /** Wrong logins from one address, whatever the ids, before the whole address must wait. */
  failedLoginsPerAddressMax: number;
  /** First wait after too many wrong logins; it doubles up to `backOffLongestMs`. */
  backOffFirstMs: number;
  backOffLongestMs: number;
  /** Commands kept for a device with a persistent session that is away; the oldest goes first. */
  commandsKeptMax: number;
  /** How long a persistent MQTT 5 session outlives its connection. */
  sessionExpirySecondsMax: number;
};

/** Defaults for a Pi at home. */
export const defaultLimits: Readonly<Limits> = {
  packetBytesMax: 256 * 1024 + 1024,
  connectPacketBytesMax: 4096,
  connectionsMax: 1024,
  connectionsPerAddressMax: 256,
  connectTimeoutMs: 10_000,
  keepAliveSecondsMax: 300,
  inFlightMax: 1024,
  unreleasedMax: 1024,
  queueLimit: 42,
  drainTimeoutMs: 5_000,
  topicLevelsMax: 8,
  failedLoginsMax: 5,
  failedLoginsPerAddressMax: 50,
  backOffFirstMs: 1_000,
  backOffLongestMs: 60_000,
  commandsKeptMax: 16,
  sessionExpirySecondsMax: 7 * 86_400,
};
