// Asking over HTTP what OpenTimestamps stands on: calendars (submit a commitment, fetch what became of it) and, where the
// owner names one, an Esplora-style server of Bitcoin headers. Either may be anybody: answers are bounded in time and size,
// no redirection is followed, and nothing but a commitment or a height leaves. Plain HTTP goes to this machine only.

import { boundedBody } from '../bounded-body.ts';
import { hexOf, textOf } from '../bytes.ts';
import { AnchorError } from '../error.ts';
import type { Fetch } from '../log-client.ts';
import { safeUrl } from '../safe-url.ts';
import { bytesOfHex } from './bitcoin-header.ts';

export type Asking = {
  readonly fetch: Fetch;
  /** Longest wait for one whole answer; 10,000 unless set. */
  readonly timeoutMs?: number;
  /** Gives up what is under way. */
  readonly signal?: AbortSignal | undefined;
};

/** As python-opentimestamps takes at most. */
const ANSWER_BYTES_MAX = 10_000;
const ACCEPT = 'application/vnd.opentimestamps.v1';

/** A calendar takes a commitment: the timestamp over it, unparsed. Throws `anchor-unreachable`. */
export async function submitTo(
  calendar: string,
  commitment: Uint8Array<ArrayBuffer>,
  asking: Asking,
): Promise<Uint8Array> {
  const answer = await ask(`${calendar}/digest`, asking, commitment);
  if (!answer) throw unreachable(calendar, 'there is no calendar at that address');
  return answer;
}

/** What a calendar has over a commitment by now: undefined while it has no more than its promise. Throws `anchor-unreachable`. */
export function upgradeFrom(
  calendar: string,
  commitment: Uint8Array,
  asking: Asking,
): Promise<Uint8Array | undefined> {
  return ask(`${calendar}/timestamp/${hexOf(commitment)}`, asking);
}

/** The header of the block at a height, unchecked; undefined where there is none yet. Throws `anchor-unreachable`. */
export async function fetchHeader(
  source: string,
  height: number,
  asking: Asking,
): Promise<Uint8Array | undefined> {
  const hash = await ask(`${source}/block-height/${height}`, asking);
  const digits = hash && textOf(hash)?.trim();
  if (!digits) return undefined;
  if (!/^[0-9a-f]{64}$/.test(digits)) throw unreachable(source, 'its answer is no hash of a block');
  const answer = await ask(`${source}/block/${digits}/header`, asking);
  const header = answer && textOf(answer)?.trim();
  if (!header || !/^[0-9a-f]{160}$/.test(header))
    throw unreachable(source, 'its answer is no header of a block');
  return bytesOfHex(header);
}

/**
 * The address of a calendar or of a source of headers, without a slash at the end. Throws `bad-policy` for one that is
 * not to be called: anything but https://HOST[:PORT][/PATH], or http:// on this machine.
 */
export function outsideUrl(text: string): string {
  const url = safeUrl(text);
  if (url !== undefined) return url;
  throw new AnchorError(
    'bad-policy',
    `"${text}" is no address to anchor at: https://HOST[:PORT][/PATH], or http:// on this machine`,
  );
}

/** The body of an answer 200; undefined for 404. */
async function ask(
  url: string,
  { fetch, timeoutMs = 10_000, signal }: Asking,
  body?: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array | undefined> {
  const late = AbortSignal.timeout(timeoutMs);
  const init = {
    method: body ? 'POST' : 'GET',
    headers: { Accept: ACCEPT },
    redirect: 'error',
    signal: signal ? AbortSignal.any([late, signal]) : late,
    ...(body && { body }),
  } as const;
  try {
    const response = await fetch(url, init);
    if (response.status === 200) {
      const answer = await boundedBody(response, ANSWER_BYTES_MAX);
      if (!answer) throw unreachable(url, `its answer is longer than ${ANSWER_BYTES_MAX} bytes`);
      return answer;
    }
    await response.body?.cancel();
    if (response.status === 404) return undefined;
    throw unreachable(url, `its answer is ${response.status}`);
  } catch (cause) {
    if (cause instanceof AnchorError) throw cause;
    throw unreachable(url, late.aborted ? 'no answer in time' : 'no connection', cause);
  }
}

function unreachable(url: string, why: string, cause?: unknown): AnchorError {
  return new AnchorError('anchor-unreachable', `${new URL(url).host}: ${why}`, { cause });
}
