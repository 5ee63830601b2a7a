// "Did you mean": the known word that a mistyped one is closest to.

const bare = (word: string): string => word.toLowerCase().replaceAll(/[-_]/g, '');

/**
 * How many letters must be put in, taken out, changed or swapped with their neighbour to get from one word to the
 * other (optimal string alignment distance; cost: the product of the lengths).
 */
export function distance(from: string, to: string): number {
  let before: number[] = [];
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const change = from[i - 1] === to[j - 1] ? 0 : 1;
      let least = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + change);
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]) {
        least = Math.min(least, before[j - 2]! + 1);
      }
      next.push(least);
    }
    before = row;
    row = next;
  }
  return row[to.length]!;
}

/**
 * The word nearest to the one given, or undefined where none is near: at most one letter in three may differ.
 * Case, `-` and `_` do not count, so that `mqttPort` finds `mqtt-port`.
 */
export function nearest(given: string, words: Iterable<string>): string | undefined {
  const wanted = bare(given.slice(0, 64));
  let best: string | undefined;
  let least = Math.floor(wanted.length / 3) + 1;
  for (const word of words) {
    const apart = distance(wanted, bare(word));
    if (apart < least) [best, least] = [word, apart];
  }
  return best;
}

/** ` Did you mean X?` with its leading space, or nothing where no word is near. */
export function didYouMean(given: string, words: Iterable<string>, show: (word: string) => string): string {
  const word = nearest(given, words);
  return word === undefined ? '' : ` Did you mean ${show(word)}?`;
}
