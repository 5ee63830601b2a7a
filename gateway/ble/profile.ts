// Which services and characteristics of health devices the hub looks for, and what it does with them.

/** Services that make a device one of health: discovery looks for these. */
export const HEALTH_SERVICES: ReadonlyMap<number, string> = new Map([
  [0x180d, 'heart rate'],
  [0x1810, 'blood pressure'],
  [0x1809, 'thermometer'],
  [0x1822, 'pulse oximeter'],
  [0x181d, 'weight scale'],
  [0x181b, 'body composition'],
  [0x1808, 'glucose'],
  [0x181f, 'continuous glucose'],
  [0x1814, 'running speed and cadence'],
  [0x1840, 'generic health sensor'],
]);

/** Services whose devices stream as long as they are worn. */
const STREAMING: ReadonlySet<number> = new Set([0x180d, 0x1822, 0x181f, 0x1814, 0x1840]);

/** Whether a device streams, or has something to say now and then. */
export const kindOf = (services: readonly number[]): 'live' | 'spot' =>
  services.some((service) => STREAMING.has(service)) ? 'live' : 'spot';

/** Characteristics whose values become readings, and 2A36: a cuff that inflates is not silent. */
export const MEASUREMENTS: ReadonlySet<number> = new Set([
  0x2a18, 0x2a19, 0x2a1c, 0x2a1e, 0x2a35, 0x2a36, 0x2a37, 0x2a53, 0x2a5e, 0x2a5f, 0x2a9c, 0x2a9d, 0x2aa7,
  0x2b8b, 0x2bdd,
]);

export const UUID = {
  battery: 0x2a19,
  /** The service's own number, for what BlueZ says of a battery: see `vitals/gatt/registry.ts`. */
  batteryOfBluez: 0x180f,
  currentTime: 0x2a2b,
  dateTime: 0x2a08,
  serial: 0x2a25,
  model: 0x2a24,
  maker: 0x2a29,
  glucose: 0x2a18,
  glucoseContext: 0x2a34,
  bodyComposition: 0x2a9c,
  cuffPressure: 0x2a36,
  cgm: 0x2aa7,
  cgmSessionStart: 0x2aaa,
  liveObservation: 0x2b8b,
  storedObservation: 0x2bdd,
  recordAccess: 0x2a52,
} as const;

/**
 * Whose values come only after they were asked for by RACP, by the service of the control point. Not an oximeter's: its
 * spot checks have no number, and often no time, so that its whole memory would come, and count, at each connection.
 */
export const RECORDS: ReadonlyMap<number, number> = new Map([
  [0x1808, UUID.glucose],
  [0x181f, UUID.cgm],
  [0x1840, UUID.storedObservation],
]);
