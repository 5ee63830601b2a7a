// What became of what was sent: counts by generator and outcome, whose sum is the number sent.

export class Tally {
  readonly #counts = new Map<string, Map<string, number>>();

  add(generator: string, outcome: string, count = 1): void {
    let outcomes = this.#counts.get(generator);
    if (outcomes === undefined) {
      outcomes = new Map();
      this.#counts.set(generator, outcomes);
    }
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + count);
  }

  get total(): number {
    return [...this.byGenerator().values()].reduce((sum, count) => sum + count, 0);
  }

  byGenerator(): Map<string, number> {
    return new Map(
      [...this.#counts].map(([name, outcomes]) => [name, [...outcomes.values()].reduce((a, b) => a + b, 0)]),
    );
  }

  byOutcome(): Map<string, number> {
    const all = new Map<string, number>();
    for (const outcomes of this.#counts.values())
      for (const [outcome, count] of outcomes) all.set(outcome, (all.get(outcome) ?? 0) + count);
    return new Map([...all].toSorted(([, a], [, b]) => b - a));
  }

  /** One line for each, the most frequent outcomes first. */
  lines(): string[] {
    const list = (counts: Iterable<[string, number]>): string[] =>
      [...counts].map(([name, count]) => `  ${name.padEnd(34)} ${count.toLocaleString('en').padStart(11)}`);
    return ['generator', ...list(this.byGenerator()), 'outcome', ...list(this.byOutcome())];
  }
}
