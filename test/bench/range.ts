// The proof that nothing is missing, over the whole stored time: how large, how long to make, how long to check.

import { verifyRange } from '@heartwood/anchor';
import { NODE_PRIMITIVES } from '@heartwood/anchor/node';
import { type proofSource, proveRange, type Vault } from '@heartwood/gateway';
import { formatTable, number } from './table.ts';

/** A paragraph and a table. */
export async function rangeTable(
  vault: Vault,
  source: ReturnType<typeof proofSource>,
  policy: string,
  slot: number,
): Promise<string> {
  const began = performance.now();
  const lines = await proveRange(vault, source, { slot, fromMs: undefined, toMs: undefined });
  const text = [...lines].join('');
  const made = performance.now() - began;
  let said = '';
  const check = (what: string, options: Parameters<typeof verifyRange>[2]): string[] => {
    const from = performance.now();
    const { ok, summary, proves } = verifyRange(text, policy, options);
    if (!ok) throw new Error(`a range proof does not hold: ${summary}`);
    said = proves[0] ?? '';
    return [what, number(Math.round(performance.now() - from))];
  };
  const rows = [
    ['prove', number(Math.round(made))],
    check('verify, node:crypto', NODE_PRIMITIVES),
    check('verify, node:crypto, last signature only', { ...NODE_PRIMITIVES, lastSignaturesOnly: true }),
    check('verify, @noble, last signature only', { lastSignaturesOnly: true }),
  ];
  const batches = text.split('\n').filter((line) => /^\d{4}-/.test(line)).length;
  const size = `${number(text.length)} bytes, ${number(Math.round(text.length / batches))} a batch`;
  return [`A range proof over all of it (${size}). ${said}`, '', formatTable(['range', 'ms#'], rows)].join(
    '\n',
  );
}
