// The hub without its thread, for measurements that need a clock of their own: a day that passes in a minute. The
// gateway offers other rooms only the hub behind its thread, whose clock is the system's; so the part is taken from
// its file by URL, with as much of its shape as is used here.

import type { EmbeddedLedger } from '@heartwood/anchor/node';
import type { Arrival, HubSettings, Vault } from '@heartwood/gateway';

export type HubInside = {
  readonly vault: Vault;
  commit(arrivals: readonly Arrival[]): { readonly outcomes: readonly string[] };
  closeBatch(endMs?: number): { readonly sequence: number };
  anchor(): Promise<unknown>;
  readonly summaries: { step(): void };
  stop(): Promise<unknown>;
};
type StartInside = (
  settings: HubSettings,
  clock: () => number,
) => Promise<{
  readonly hub: HubInside;
  readonly ledger: EmbeddedLedger;
  readonly witnesses: { gather(ledger: EmbeddedLedger): Promise<unknown> } | undefined;
  release(): Promise<void>;
}>;

export async function loadStart(): Promise<StartInside> {
  const module: unknown = await import(new URL('../../gateway/hub/start.ts', import.meta.url).href);
  return (module as { startHub: StartInside }).startHub;
}

export function settingsOf(directory: string, keyFile: string): HubSettings {
  return {
    directory,
    keySource: { keyFile },
    originPrefix: 'heartwood',
    intervalMs: 10_000,
    quarantineRowsMax: 10_000,
    markFile: `${directory}.mark`,
    withoutQuorum: 'publish-with-alarm',
    quarantineBytesMax: 64 * 1024 * 1024,
  };
}
