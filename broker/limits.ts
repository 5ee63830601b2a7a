// Every bound the broker keeps, in one place, with the reason for its default on a Raspberry Pi with 2 GB.
// Memory at the worst: waitingBytesOfAllMax + connectionsMax x (waitingBytesAlways + one socket read of 64 KiB + one
// packet); tap.ts stops reading a connection whose messages wait for the disk.

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
  /** Bytes of bodies of one connection that may wait for the disk; beyond it the connection is not read. */
  waitingBytesMax: number;
  /** The same of all connections together; beyond it none is read that has more than this waiting itself. */
  waitingBytesOfAllMax: number;
  waitingBytesAlways: number;
  /**
   * Packets of any kind one device may send a second, over all its connections, and at once after a rest. Beyond it the
   * hub does not read: nothing is lost, TCP makes the device wait. Fifty devices may still fill the hub's whole
   * throughput (docs/benchmarks.md), and a week of readings at 1 Hz is caught up in five minutes.
   */
  deviceMessagesPerSecond: number;
  deviceMessagesBurst: number;
  /**
   * The same in bytes: twelve ECG leads of 500 Hz as JSON are 60 kB/s. A flood of waveforms stays a tenth of the hub; so
   * does one of readings of four bytes each, since what costs more than its bytes is charged for it (`Broker.charge`).
   */
  deviceBytesPerSecond: number;
  deviceBytesBurst: number;
  /** Logins of one device id from one address a second, and at once: each costs a password hash. */
  loginsPerSecond: number;
  loginsBurst: number;
  /** New sockets from one address a second, and at once: above a whole fleet that comes back after a restart. */
  connectsPerSecond: number;
  connectsBurst: number;
  /** QoS 2 message ids one device may leave without PUBREL. */
  unreleasedMax: number;
  /** Packets a client may send between CONNECT and CONNACK. */
  queueLimit: number;
  /** How long a client may leave its socket full, and how long close() waits for the disk. */
  drainTimeoutMs: number;
  /** Levels of a topic. Ours have four. */
  topicLevelsMax: number;
  /** Filters of one SUBSCRIBE or UNSUBSCRIBE. A device has one to ask for. */
  filtersMax: number;
  /** Wrong logins of one device id from one address before it must wait. */
  failedLoginsMax: number;
  /** Device ids with a wrong login from one address before the whole address must wait (failed-logins.ts). */
  failedLoginsPerAddressMax: number;
  /** First wait after too many wrong logins; it doubles up to `backOffLongestMs`. */
  backOffFirstMs: number;
  backOffLongestMs: number;
  /** Commands kept for a device with a persistent session that is away; the oldest goes first. */
  commandsKeptMax: number;
  /** Bytes of them, and how long one is worth doing: a device that was away for a day needs no old order. */
  commandBytesKeptMax: number;
  commandAgeMaxMs: number;
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
  waitingBytesMax: 1024 * 1024,
  waitingBytesOfAllMax: 16 * 1024 * 1024,
  waitingBytesAlways: 64 * 1024,
  deviceMessagesPerSecond: 2_000,
  deviceMessagesBurst: 4_000,
  deviceBytesPerSecond: 256 * 1024,
  deviceBytesBurst: 1024 * 1024,
  loginsPerSecond: 5,
  loginsBurst: 30,
  connectsPerSecond: 50,
  connectsBurst: 1024,
  unreleasedMax: 1024,
  queueLimit: 42,
  drainTimeoutMs: 5_000,
  topicLevelsMax: 8,
  filtersMax: 16,
  failedLoginsMax: 5,
  failedLoginsPerAddressMax: 50,
  backOffFirstMs: 1_000,
  backOffLongestMs: 60_000,
  commandsKeptMax: 16,
  commandBytesKeptMax: 64 * 1024,
  commandAgeMaxMs: 86_400_000,
  sessionExpirySecondsMax: 7 * 86_400,
};
