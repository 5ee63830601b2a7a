// A claim for a device that makes its own key: asked of the hub, and drawn as a QR code. The code in it is good once and
// for minutes; the page shows it and keeps it nowhere.

import { encode } from 'uqr';
import { textOf } from './session.ts';
import { patientText } from './text/patient.ts';

export type Claim =
  | { readonly kind: 'made'; readonly link: string; readonly expiresMs: number }
  | { readonly kind: 'refused'; readonly why: string };

/** Asks for a claim. */
export async function askForClaim(device: string, patient: string): Promise<Claim> {
  const answer = await fetch('/api/claims', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ device, patient }),
  }).catch(() => undefined);
  if (answer === undefined) return { kind: 'refused', why: patientText().claim.noAnswer };
  if (answer.status === 404) {
    return {
      kind: 'refused',
      why: patientText().claim.noCertificates,
    };
  }
  const json: unknown = await answer.json().catch(() => undefined);
  const link = textOf(json, 'link');
  if (answer.ok && link !== undefined)
    return { kind: 'made', link, expiresMs: Number((json as { expiresMs?: unknown }).expiresMs) };
  return {
    kind: 'refused',
    why: textOf(json, 'error') ?? patientText().claim.refused(answer.status),
  };
}

/** Around a QR code four modules stay light (ISO/IEC 18004 section 6.3.8). */
const QUIET = 4;

/** The dark modules of a text's QR code as an SVG path, one unit a module; `size` is the side, quiet zone included. */
export function qrPath(text: string): { readonly path: string; readonly size: number } {
  const { data, size } = encode(text, { border: QUIET });
  const path = data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ''))).join('');
  return { path, size };
}
