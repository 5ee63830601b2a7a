// The two paragraphs that end the help of every command.

/** Examples, each a command line and what it does; then what the exit statuses say, in order of their numbers. */
export function helpEnd(
  examples: readonly (readonly [line: string, does: string])[],
  statuses: readonly (readonly [status: number, says: string])[],
): string {
  return [
    '',
    'Examples:',
    ...examples.flatMap(([line, does]) => [`  ${line}`, `      ${does}`]),
    '',
    'Exit status:',
    ...statuses.map(([status, says]) => `  ${status}  ${says}`),
  ].join('\n');
}
