// An invariant that does not hold: the simulation stops here, and says at which step of which seed.

export class Broken extends Error {
  constructor(what: string) {
    super(what);
    this.name = 'Broken';
  }
}

export function insist(holds: boolean, what: () => string): asserts holds {
  if (!holds) throw new Broken(what());
}
