// One seed, every stream. The generator is sfc32 (Chris Doty-Humphrey, PractRand: "small fast chaotic", 128 bits
// of state with a counter, so that no cycle is shorter than 2^32), filled from a seed by MurmurHash3's finaliser
// (Austin Appleby, public domain). A fork is named, and depends on the parent's seed and that name alone, never on
// how much the parent has been used: a device added to a household changes nobody else's numbers.
// Not for keys: this is repeatable on purpose.

/** A source of repeatable randomness. All numbers follow from the seed and the names of the forks. */
export type Random = {
  /** Uniform in [0, 1), 32 bits fine. */
  next(): number;
  /** Uniform in [low, high). */
  between(low: number, high: number): number;
  /** Uniform whole number in [0, n). */
  below(n: number): number;
  /** True with probability `p`. */
  chance(p: number): boolean;
  /** Normal with mean 0 and standard deviation 1 (Box and Muller 1958). */
  normal(): number;
  /** Exponential with the given mean: the gaps of a Poisson process. */
  exponential(mean: number): number;
  /** A stream of its own, from this one's seed and `name` only. */
  fork(name: string): Random;
  /** The same number in [0, 1) for the same index, whatever was drawn before: randomness as a function. */
  at(index: number): number;
};

// MurmurHash3 fmix32: every input bit changes about half of the output bits.
function mix(h: number): number {
  let x = h | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

// FNV-1a over UTF-16 units, then mixed: FNV alone leaves neighbouring names with neighbouring hashes.
function hashName(seed: number, name: string): number {
  let h = (seed ^ 0x811c9dc5) | 0;
  for (let i = 0; i < name.length; i++) h = Math.imul(h ^ name.charCodeAt(i), 0x01000193);
  return mix(h);
}

/** A generator from a seed: any string or number; the same seed gives the same stream, bit for bit. */
export function seededRandom(seed: string | number): Random {
  const text = String(seed);
  return generator(hashName(0, text), hashName(0x9e3779b9, text));
}

function generator(low: number, high: number): Random {
  let a = mix(low);
  let b = mix(high);
  let c = mix(low ^ 0x6a09e667);
  let counter = 1;
  const next32 = (): number => {
    const t = (a + b + counter++) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + t) | 0;
    return t >>> 0;
  };
  // The author's advice: 12 rounds until every bit of the seed has reached every bit of the state.
  for (let i = 0; i < 12; i++) next32();

  const next = (): number => next32() / 4294967296;
  return {
    next,
    between: (from, to) => from + (to - from) * next(),
    below: (n) => Math.floor(next() * n),
    chance: (p) => next() < p,
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    exponential: (mean) => -mean * Math.log(1 - next()),
    fork: (name) => generator(hashName(low, name), hashName(high, name)),
    at: (index) => {
      const lowWord = mix(low ^ mix(index | 0));
      return mix(lowWord ^ high ^ Math.floor(index / 4294967296)) / 4294967296;
    },
  };
}

/**
 * Smooth noise as a function of time: zero mean, standard deviation about 1, `periodMs` between independent values,
 * cosine-blended between them (value noise on a lattice). Pure: the same time gives the same value in any order.
 */
export function smoothNoise(random: Random, periodMs: number): (tMs: number) => number {
  // Irwin-Hall: the sum of three uniforms has variance 1/4; the blend of neighbours lowers the variance to
  // about 3/4 of the lattice's, so the factor is 2 / sqrt(3/4).
  const lattice = (i: number): number =>
    (random.at(i * 3) + random.at(i * 3 + 1) + random.at(i * 3 + 2) - 1.5) * 2.309;
  return (tMs) => {
    const x = tMs / periodMs;
    const i = Math.floor(x);
    const blend = (1 - Math.cos(Math.PI * (x - i))) / 2;
    return lattice(i) * (1 - blend) + lattice(i + 1) * blend;
  };
}
