// A failing input made small: parts are cut out as long as it still fails, large ones first. What is left is printed, and
// kept as a vector that every run repeats.

/** @param fails must be free of chance. Calls it a few thousand times at most. */
export function shrink(input: Uint8Array, fails: (bytes: Uint8Array) => boolean): Uint8Array {
  let smallest = Buffer.from(input);
  let calls = 0;
  for (let size = Math.ceil(smallest.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < smallest.length && calls < 4000; ) {
      const without = Buffer.concat([smallest.subarray(0, at), smallest.subarray(at + size)]);
      calls += 1;
      if (fails(without)) smallest = without;
      else at += size;
    }
  }
  return smallest;
}
