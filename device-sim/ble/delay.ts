// How long things take, and the timers that wait for it. Two knobs: `pace` is how fast the simulated time of bodies and
// firmware passes; `delayScale` shortens what the radio and bluetoothd take, so that a test need not wait for them.

/** Milliseconds at scale 1. What was measured at a real bluetoothd 5.66 says so. */
export const DELAYS = {
  /** From `Connect` to the link, with a device that advertises often. */
  connectMs: 400,
  /** From the link to all services of a device that is new. */
  discoverMs: 900,
  /** From the link to `ServicesResolved` of a device whose services are known. */
  resolveMs: 250,
  /** A local `Disconnect`. Measured: about 2 s. */
  disconnectMs: 2000,
  /** Between two advertisements that are reported. */
  advertiseMs: 1000,
  /** How long an unbonded device that is idle is remembered. BlueZ's default (TemporaryTimeout). */
  temporaryMs: 30_000,
  /** Until a connection to a device that is not there is given up. */
  absentMs: 20_000,
  /** One request and its answer over the air. */
  attMs: 30,
  /** Pairing, without the person's part. */
  pairMs: 600,
  /** Until an agent that does not answer is given up. BlueZ's own limit. */
  agentMs: 60_000,
  /** Until a device believes its link lost that a hung controller keeps no more. */
  supervisionMs: 6000,
  /** Switching the radio. */
  powerMs: 150,
} as const;
const TIMER_MAX_MS = 2_147_483_647;
export type DelayName = keyof typeof DELAYS;

export type Pacing = {
  /** Simulated time, ms since 1970. */
  now(): number;
  /** Scaled as BlueZ's delays. Gives what cancels it. */
  delay(name: DelayName, then: () => void, share?: number): () => void;
  /** Simulated milliseconds. Gives what cancels it. */
  after(ms: number, then: () => void): () => void;
  /** So much simulated time passes at once; what waits for a moment in it waits on. */
  pass(ms: number): void;
  stop(): void;
};

/** Timers from one real clock: `startAtMs` is the simulated time now, `pace` simulated seconds pass in one. */
export function startPacing(startAtMs: number, pace: number, delayScale: number): Pacing {
  const timers = new Set<NodeJS.Timeout>();
  const began = performance.now();
  let passedMs = 0;
  let stopped = false;
  const wait = (realMs: number, then: () => void): (() => void) => {
    if (stopped) return () => undefined;
    let timer: NodeJS.Timeout;
    const arm = (leftMs: number): void => {
      // Longer waits overflow Node's 32-bit timer and would fire at once.
      const stepMs = Math.min(leftMs, TIMER_MAX_MS);
      timer = setTimeout(() => {
        timers.delete(timer);
        if (leftMs > stepMs) arm(leftMs - stepMs);
        else then();
      }, stepMs);
      timers.add(timer);
    };
    arm(Math.max(0, realMs));
    return () => {
      timers.delete(timer);
      clearTimeout(timer);
    };
  };
  return {
    now: () => startAtMs + passedMs + (performance.now() - began) * pace,
    delay: (name, then, share = 1) => wait(DELAYS[name] * delayScale * share, then),
    after: (ms, then) => wait(ms / pace, then),
    pass: (ms) => {
      passedMs += ms;
    },
    stop: () => {
      stopped = true;
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}
