// All adapters of this machine, each with its keeper: they come and go, hang and are mended.

import { AdapterKeeper, type KeeperPorts } from './adapter-keeper.ts';

export class Adapters {
  readonly #keepers = new Map<string, AdapterKeeper>();

  /** Keeps one from now on. */
  add(path: string, ports: KeeperPorts): void {
    if (this.#keepers.has(path)) return;
    const keeper = new AdapterKeeper(path, ports);
    this.#keepers.set(path, keeper);
    void keeper.check();
  }

  remove(path: string): void {
    this.#keepers.delete(path);
  }

  /** Something came through it. */
  heard(path: string, nowMs: number): void {
    this.#keepers.get(path)?.heard(nowMs);
  }

  /** How long ago that was. */
  silentMs(path: string, nowMs: number): number {
    return nowMs - (this.#keepers.get(path)?.heardMs ?? -Infinity);
  }

  /** Looks at each. */
  check(): void {
    for (const keeper of this.#keepers.values()) void keeper.check();
  }

  /** Paths of those that do what they are asked to. */
  usable(): readonly string[] {
    return [...this.#keepers.values()].filter((keeper) => keeper.usable).map(({ path }) => path);
  }

  /** Paths of those that answer, and are not known to do what they are asked to. */
  doubtful(): readonly string[] {
    return [...this.#keepers.values()].filter((keeper) => keeper.doubtful).map(({ path }) => path);
  }
}
