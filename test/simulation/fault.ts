// What the hub's process and its disk suffer, at the boundary of a transaction: the disk refuses, or the process dies
// before it, within it or after it. Whoever wraps a store asks here before each.

/** The process is gone. Nobody but the simulation may catch it. */
export class Killed extends Error {
  constructor(where: string) {
    super(`killed ${where}`);
    this.name = 'Killed';
  }
}

/** What SQLite throws when it cannot write. */
function diskFault(code: 'SQLITE_FULL' | 'SQLITE_IOERR_WRITE'): Error {
  return Object.assign(new Error(`the disk says ${code}`), { code });
}

export type KillPoint = 'before' | 'within' | 'after';

export class Faults {
  /** Every transaction is refused, at its beginning or at its end. */
  disk: 'well' | 'refuses' | 'tears' = 'well';
  /** One transaction is refused, after so many others. */
  hiccup: number | undefined;
  /** The process dies at the transaction after so many others. */
  kill: { after: number; point: KillPoint } | undefined;
  /** The same of the ledger's append. */
  killLedger: Exclude<KillPoint, 'within'> | undefined;

  /** A transaction that may suffer. @param run the real one */
  transaction<T>(run: (work: () => T) => T, work: () => T): T {
    const kill = this.kill !== undefined && this.kill.after-- <= 0 ? this.kill.point : undefined;
    if (kill !== undefined) this.kill = undefined;
    if (kill === 'before') throw new Killed('before a commit');
    const hiccup = this.hiccup !== undefined && this.hiccup-- <= 0;
    if (hiccup) this.hiccup = undefined;
    if (hiccup || this.disk === 'refuses') throw diskFault('SQLITE_FULL');
    const result = run(() => {
      const done = work();
      if (kill === 'within') throw new Killed('within a commit');
      if (this.disk === 'tears') throw diskFault('SQLITE_IOERR_WRITE');
      return done;
    });
    if (kill === 'after') throw new Killed('after a commit');
    return result;
  }

  /** An append to the ledger that may suffer. */
  append<T>(run: () => T): T {
    const kill = this.killLedger;
    this.killLedger = undefined;
    if (kill === 'before') throw new Killed('before the ledger');
    if (this.disk !== 'well') throw diskFault('SQLITE_FULL');
    const result = run();
    if (kill === 'after') throw new Killed('after the ledger');
    return result;
  }
}
