// Where a key stands in a config file. The TOML parser keeps no positions; a refusal should still name the line.

/**
 * The 1-based line on which a top-level key or the table of that name begins, or undefined where it cannot be told
 * (a key written with escapes). Good enough to point at, never used to decide.
 */
export function lineOf(toml: string, key: string): number | undefined {
  const literal = key.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const start = new RegExp(`^\\s*(\\[\\[?\\s*)?(["']?)${literal}\\2\\s*[=.\\]]`);
  const index = toml.split(/\r?\n/).findIndex((line) => start.test(line));
  return index < 0 ? undefined : index + 1;
}
