// `heartwood verify --range`: a range proof is read block by block and checked line by line, so that a year of it needs no
// more memory than a minute.

import { createReadStream } from 'node:fs';
import { RANGE_LINE_MAX, type RangeVerdict, RangeVerifier, rangePerson } from '@heartwood/anchor';
import { NODE_PRIMITIVES } from '@heartwood/anchor/node-primitive';
import { Refusal } from '../exit-status.ts';

type Asked = {
  readonly fromMs: number | undefined;
  readonly toMs: number | undefined;
  /** Text of a proof of a reading of the person whose range it must be. */
  readonly sameAs: string | undefined;
};

/** @param path `-` is standard input. @throws Refusal `usage` where the file cannot be read */
export async function runVerifyRange(path: string, policy: string, asked: Asked): Promise<RangeVerdict> {
  const { sameAs, ...period } = asked;
  const person = sameAs === undefined ? undefined : rangePerson(sameAs, policy, NODE_PRIMITIVES);
  const verifier = new RangeVerifier(policy, { ...NODE_PRIMITIVES, ...period, person });
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let rest = '';
  let begins = true;
  const take = (text: string): void => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (begins && line.trimStart().startsWith('{'))
        throw new Refusal('usage', `${path} is the proof of a reading and no range: leave out --range.`);
      begins = false;
      verifier.line(line);
    }
    if (rest.length > RANGE_LINE_MAX) verifier.refuse('it is too long.');
  };
  const blocks = path === '-' ? process.stdin : createReadStream(path);
  try {
    for await (const block of blocks) {
      take(decoder.decode(block as Uint8Array, { stream: true }));
      if (verifier.failed) break;
    }
    if (!verifier.failed) take(decoder.decode());
  } catch (error) {
    if (error instanceof Refusal) throw error;
    if (!(error instanceof TypeError)) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
      throw new Refusal('usage', `The range file ${path} cannot be read (${code}).`, { cause: error });
    }
    verifier.refuse('it is not UTF-8.');
  }
  if (begins && rest.trimStart().startsWith('{'))
    throw new Refusal('usage', `${path} is the proof of a reading and no range: leave out --range.`);
  if (rest !== '') verifier.refuse('the file is cut off in the middle of a line.');
  return verifier.finish();
}
