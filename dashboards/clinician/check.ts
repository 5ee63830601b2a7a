// "Verify" on a reading or an event: fetch its proof and the policy, recompute everything in this browser, and say in
// words what came out. What the hub answers is text to be judged; only `verify` decides.

import { idOf, type Proved } from './proved.ts';
import { textOf } from './session.ts';
import type { Verdict } from './verdict.ts';

export type Check =
  | { readonly kind: 'fetching' }
  /** It is committed, its batch not sealed yet. */
  | { readonly kind: 'waiting' }
  | { readonly kind: 'failed'; readonly why: string }
  | { readonly kind: 'checked'; readonly bundle: string; readonly policy: string; readonly verdict: Verdict };

const RETRY_MS = 2_000;

/** Checks what was clicked, telling each stage to `tell`, until done or `signal` aborts. */
export async function checkProof(
  proved: Proved,
  tell: (check: Check) => void,
  signal: AbortSignal,
): Promise<void> {
  tell({ kind: 'fetching' });
  try {
    const bundle = await fetchBundle(idOf(proved), () => tell({ kind: 'waiting' }), signal);
    const answer = await fetch('/api/policy', { signal });
    if (!answer.ok) throw new Error(`The hub did not give its policy (it answered ${answer.status}).`);
    const policy = await answer.text();
    // A chunk of its own: who verifies nothing loads no cryptography.
    const { verify } = await import('./verdict.ts');
    const verdict = verify(bundle, policy, proved);
    if (!signal.aborted) tell({ kind: 'checked', bundle, policy, verdict });
  } catch (error) {
    if (signal.aborted) return;
    // `fetch` throws a TypeError when the hub cannot be reached.
    const why =
      error instanceof TypeError ? 'The hub does not answer.' : error instanceof Error ? error.message : '';
    tell({ kind: 'failed', why });
  }
}

async function fetchBundle(id: string, waiting: () => void, signal: AbortSignal): Promise<string> {
  for (;;) {
    const answer = await fetch(`/api/readings/${encodeURIComponent(id)}/proof`, { signal });
    if (answer.ok) return answer.text();
    if (answer.status === 401) throw new Error('You are logged out. Log in again to fetch the proof.');
    if (answer.status !== 409) {
      const said = textOf(await answer.json().catch(() => undefined), 'error');
      throw new Error(said ?? `The hub did not give the proof (it answered ${answer.status}).`);
    }
    waiting();
    await sleep(RETRY_MS, signal);
  }
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
