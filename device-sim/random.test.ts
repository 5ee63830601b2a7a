import { describe, expect, it } from 'vitest';
import { seededRandom, smoothNoise } from './random.ts';

describe('seeded random', () => {
  it('gives the same stream for the same seed, bit for bit, for ever', () => {
    const random = seededRandom('heartwood');
    // Pinned: a change here changes every simulation that somebody has written down a seed for.
    expect([random.next(), random.next(), random.next()].map((x) => x * 2 ** 32)).toEqual([
      4019627870, 4055092646, 1541585247,
    ]);
    expect(seededRandom('heartwood').fork('a').next()).toBe(seededRandom('heartwood').fork('a').next());
    expect(seededRandom('heartwood').next()).not.toBe(seededRandom('heartwoo').next());
  });

  it('forks by name, whatever was drawn before and however many other forks there are', () => {
    const used = seededRandom(7);
    for (let i = 0; i < 100; i++) used.next();
    used.fork('another');
    expect(used.fork('mine').next()).toBe(seededRandom(7).fork('mine').next());
    const firsts = new Set(Array.from({ length: 2000 }, (_, i) => used.fork(`device ${i}`).next()));
    expect(firsts.size).toBe(2000);
  });

  it('is uniform (chi-square over 100 bins) and its bits do not follow one another', () => {
    const random = seededRandom(3);
    const bins = new Array<number>(100).fill(0);
    let previous = random.next();
    let product = 0;
    const n = 100_000;
    for (let i = 0; i < n; i++) {
      const x = random.next();
      bins[Math.floor(x * 100)]!++;
      product += (x - 0.5) * (previous - 0.5);
      previous = x;
    }
    const chi = bins.reduce((sum, count) => sum + (count - n / 100) ** 2 / (n / 100), 0);
    // 99 degrees of freedom: 99.9 % lie below 149, 99.9 % above 61.
    expect(chi).toBeGreaterThan(61);
    expect(chi).toBeLessThan(149);
    expect(Math.abs(product / n) * 12).toBeLessThan(0.011);
  });

  it('draws normal and exponential numbers with the right mean and spread', () => {
    const random = seededRandom(4);
    const n = 50_000;
    const normals = Array.from({ length: n }, () => random.normal());
    const gaps = Array.from({ length: n }, () => random.exponential(20));
    const mean = (list: number[]) => list.reduce((a, b) => a + b) / list.length;
    expect(mean(normals)).toBeCloseTo(0, 1);
    expect(mean(normals.map((x) => x * x))).toBeCloseTo(1, 1);
    expect(mean(gaps) / 20).toBeCloseTo(1, 1);
    expect(mean(gaps.map((x) => x * x)) / 800).toBeCloseTo(1, 1);
  });

  it('makes smooth noise that is a function of time: any order, no jumps, spread 1', () => {
    const noise = smoothNoise(seededRandom(5), 1000);
    const there = Array.from({ length: 20_000 }, (_, i) => noise(i * 137));
    const back = Array.from({ length: 20_000 }, (_, i) => noise((19_999 - i) * 137)).reverse();
    expect(back).toEqual(there);
    const spread = Math.sqrt(there.reduce((sum, x) => sum + x * x, 0) / there.length);
    expect(spread).toBeGreaterThan(0.9);
    expect(spread).toBeLessThan(1.1);
    let jump = 0;
    for (let t = 0; t < 50_000; t++) jump = Math.max(jump, Math.abs(noise(t + 1) - noise(t)));
    expect(jump).toBeLessThan(0.02);
  });
});
