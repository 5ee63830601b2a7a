// Statistics of an outsider who looks for a pattern: each test gives a p-value, the chance that data without any pattern
// looks at least as odd. Formulas: Pearson's chi-square, Kolmogorov and Smirnov, Wald and Wolfowitz, Fisher's z.

/** Chi-square of byte counts against an even spread, 255 degrees of freedom. */
export function evenBytes(bytes: Uint8Array): number {
  const counts = histogram(bytes);
  const expected = bytes.length / 256;
  const sum = counts.reduce((total, count) => total + (count - expected) ** 2 / expected, 0);
  return chiSquareTail(sum, 255);
}

/** Whether two heaps of bytes have the same spread: chi-square of a table of 2 rows, without the columns that are empty. */
export function sameBytes(a: Uint8Array, b: Uint8Array): number {
  const [one, other] = [histogram(a), histogram(b)];
  const share = a.length / (a.length + b.length);
  let sum = 0;
  let columns = 0;
  for (const [value, count] of one.entries()) {
    const both = count + (other[value] ?? 0);
    if (both === 0) continue;
    columns += 1;
    sum += (count - both * share) ** 2 / (both * share * (1 - share));
  }
  return columns < 2 ? 1 : chiSquareTail(sum, columns - 1);
}

/** Whether two samples come from the same distribution: Kolmogorov and Smirnov. */
export function sameSpread(a: readonly number[], b: readonly number[]): number {
  if (a.length === 0 || b.length === 0) return a.length === b.length ? 1 : 0;
  const [one, other] = [a.toSorted((x, y) => x - y), b.toSorted((x, y) => x - y)];
  let [i, j, distance] = [0, 0, 0];
  while (i < one.length && j < other.length) {
    const at = Math.min(one[i]!, other[j]!);
    while (one[i] === at) i += 1;
    while (other[j] === at) j += 1;
    distance = Math.max(distance, Math.abs(i / one.length - j / other.length));
  }
  const n = Math.sqrt((one.length * other.length) / (one.length + other.length));
  return kolmogorovTail((n + 0.12 + 0.11 / n) * distance);
}

/** Whether each number is independent of the one before it, by their correlation. */
export function noEcho(values: readonly number[]): number {
  return noLink(values.slice(1), values.slice(0, -1));
}

/** Whether two series that run side by side have nothing to do with each other. A constant has nothing to do with anything. */
export function noLink(a: readonly number[], b: readonly number[]): number {
  const [meanA, meanB] = [mean(a), mean(b)];
  let [both, ofA, ofB] = [0, 0, 0];
  for (const [i, x] of a.entries()) {
    const [u, v] = [x - meanA, b[i]! - meanB];
    both += u * v;
    ofA += u * u;
    ofB += v * v;
  }
  if (ofA === 0 || ofB === 0) return 1;
  const r = Math.min(1 - 1e-12, Math.abs(both) / Math.sqrt(ofA * ofB));
  return normalTails(Math.atanh(r) * Math.sqrt(a.length - 3));
}

/** Whether values above and below their median alternate as by chance: the number of runs. */
export function mixedRuns(values: readonly number[]): number {
  const middle = values.toSorted((x, y) => x - y)[Math.floor(values.length / 2)]!;
  const above = values.map((value) => value >= middle);
  const [n, m] = [above.filter(Boolean).length, above.filter((one) => !one).length];
  if (n === 0 || m === 0) return 1;
  const runs = 1 + above.filter((one, i) => i > 0 && one !== above[i - 1]).length;
  const expected = 1 + (2 * n * m) / (n + m);
  const variance = ((expected - 1) * (expected - 2)) / (n + m - 1);
  return normalTails(Math.abs(runs - expected) / Math.sqrt(variance));
}

const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;

function histogram(bytes: Uint8Array): number[] {
  const counts = Array.from({ length: 256 }, () => 0);
  for (const byte of bytes) counts[byte]! += 1;
  return counts;
}

/** P(|Z| >= z) of a standard normal Z: erfc as an incomplete gamma function. */
export function normalTails(z: number): number {
  return upperGamma(0.5, (z * z) / 2);
}

/** P(X >= x) of a chi-square with that many degrees of freedom. */
export function chiSquareTail(x: number, degrees: number): number {
  return upperGamma(degrees / 2, x / 2);
}

/** P(K >= x) of Kolmogorov's distribution. */
export function kolmogorovTail(x: number): number {
  if (x < 0.2) return 1;
  let sum = 0;
  for (let k = 1; k <= 100; k++) sum += (k % 2 === 1 ? 2 : -2) * Math.exp(-2 * k * k * x * x);
  return Math.min(1, Math.max(0, sum));
}

/** The regularized upper incomplete gamma function Q(a, x): its series below a + 1, Lentz's continued fraction above. */
function upperGamma(a: number, x: number): number {
  if (x <= 0) return 1;
  const scale = Math.exp(a * Math.log(x) - x - logGamma(a));
  if (x < a + 1) {
    let term = 1 / a;
    let sum = term;
    for (let n = 1; term > sum * 1e-15; n++) {
      term *= x / (a + n);
      sum += term;
    }
    return 1 - sum * scale;
  }
  let b = x + 1 - a;
  let c = 1e300;
  let d = 1 / b;
  let fraction = d;
  for (let n = 1; n < 10_000; n++) {
    const an = -n * (n - a);
    b += 2;
    d = 1 / (an * d + b);
    c = b + an / c;
    fraction *= c * d;
    if (Math.abs(c * d - 1) < 1e-14) break;
  }
  return fraction * scale;
}

/** ln Γ(x) for x > 0: Stirling's series, after raising x above 10 by Γ(x + 1) = x Γ(x). */
function logGamma(x: number): number {
  let raised = x;
  let product = 1;
  while (raised < 10) {
    product *= raised;
    raised += 1;
  }
  const inverse = 1 / raised;
  const series = inverse / 12 - inverse ** 3 / 360 + inverse ** 5 / 1260;
  return (
    (raised - 0.5) * Math.log(raised) - raised + 0.5 * Math.log(2 * Math.PI) + series - Math.log(product)
  );
}
