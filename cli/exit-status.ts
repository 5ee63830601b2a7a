// How a command ends: the four exit statuses that every command keeps to, and the error that carries one.

/** What the exit status of `heartwood` says. Scripts and units rely on these numbers. */
export const EXIT = {
  /** Done; for a check: all is well. */
  ok: 0,
  /** The check failed, the proof does not hold, the answer is no. */
  no: 1,
  /** Wrong arguments or a wrong setting: nothing was started. */
  usage: 2,
  /** It cannot run here: no data directory, key missing, port taken. */
  cannotRun: 3,
  /** A fault of Heartwood itself (EX_SOFTWARE of sysexits.h). */
  fault: 70,
} as const;
export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];

/**
 * A person's mistake or a missing condition, told in a sentence or two that say what to do. It is shown without a
 * stack trace; anything else that is thrown counts as a fault of the program.
 */
export class Refusal extends Error {
  readonly code: 'usage' | 'cannot-run';

  constructor(code: 'usage' | 'cannot-run', message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'Refusal';
    this.code = code;
  }

  get status(): ExitStatus {
    return this.code === 'usage' ? EXIT.usage : EXIT.cannotRun;
  }
}
