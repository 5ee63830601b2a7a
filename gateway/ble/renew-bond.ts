// A stale bond, mended with one confirmation: ours is removed, and the device pairs anew when it is heard again.

import type { PairingDesk } from './agent.ts';
import type { BluezBus } from './bus.ts';
import { ADAPTER } from './objects.ts';
import { adapterOf } from './presence.ts';
import type { Wearing } from './wearing.ts';

export type RenewPorts = {
  readonly bus: BluezBus;
  readonly desk: PairingDesk;
  /** How long a no, or nobody, stays the answer. */
  readonly refusedMs: number;
  ticks(): number;
  log(event: string, facts: Readonly<Record<string, string | number>>): void;
};

/** Asks once; the device at `path` is forgotten by BlueZ where a person agrees. */
export async function renewBond(one: Wearing, path: string, ports: RenewPorts): Promise<void> {
  const { bus, desk, refusedMs, ticks, log } = ports;
  if (ticks() < one.bondAskedUntilMs) return;
  one.bondAskedUntilMs = ticks() + refusedMs;
  const agreed = await desk.ask({ kind: 'renew-bond', device: one.id }, new AbortController().signal);
  log('bluetooth-bond-stale', { device: one.id, renewed: agreed === true ? 'yes' : 'no' });
  if (agreed !== true) return;
  const adapter = adapterOf(path);
  try {
    await bus.call({ path: adapter, iface: ADAPTER, member: 'RemoveDevice', signature: 'o', body: [path] });
    one.pairs = true;
    one.bondAskedUntilMs = 0;
  } catch (error) {
    // The old bond stays: whoever agreed is not asked again at once, for the same.
    log('bluetooth-bond-not-removed', { device: one.id, why: String(error) });
  }
}
