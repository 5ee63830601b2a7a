// What a device does wrong. Plain fields that a test may change at any time: the firmware looks at them when it acts.

export type Trouble = {
  /** Connected, subscribed, and it says nothing. */
  silent: boolean;
  /** Share of measurements, 0 to 1, in which the number is NaN (SFLOAT 07FF, FLOAT 007FFFFF), 0 for a heart rate. */
  nanShare: number;
  /** What its battery says; over 100 is what some devices do. Undefined: the truth. */
  battery: number | undefined;
  /** The last stored record comes again at the start of every session. */
  repeatsLastRecord: boolean;
  /** `Connect` is answered with InProgress, for ever, though it is heard: an adapter that half hangs. */
  connectBusy: boolean;
  /** So many times, the link is lost after the first service has appeared. */
  losesLinkInDiscovery: number;
  /** The link is lost once, after so many records of an upload. Undefined: not at all. */
  losesLinkAfterRecords: number | undefined;
  /** Its control point is busy with a request that nobody here made, until that is aborted or the link ends. */
  requestInFlight: boolean;
  /** Its control point can be asked for all records and for nothing less. */
  knowsOnlyAll: boolean;
  /** So many times, a glucose sensor's start of its session (2AAA) comes with a wrong CRC. */
  garblesSessionStart: number;
  /** Notifications a second beyond its own, all the same octets; 0: none. */
  stormPerSecond: number;
  /** Writing the time is answered with success, and the clock stays as it was. */
  ignoresTimeWrites: boolean;
  /** Its clock, as it is when the simulation starts. */
  clock: ClockTrouble;
};

export type ClockTrouble =
  /** Right, to the second. */
  | 'right'
  /** 16 minutes behind. */
  | 'slow'
  /** It started at 1970-01-01 with the simulation. */
  | '1970'
  /** Some seventy years ahead. */
  | '2094'
  /** It says that nobody has set it. */
  | 'not-set';

/** Sound hardware, and what is asked for on top. */
export function troubleOf(wanted: Partial<Trouble> = {}): Trouble {
  return {
    silent: false,
    nanShare: 0,
    battery: undefined,
    repeatsLastRecord: false,
    connectBusy: false,
    losesLinkInDiscovery: 0,
    losesLinkAfterRecords: undefined,
    requestInFlight: false,
    knowsOnlyAll: false,
    garblesSessionStart: 0,
    stormPerSecond: 0,
    ignoresTimeWrites: false,
    clock: 'right',
    ...wanted,
  };
}
