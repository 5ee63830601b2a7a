// Reading the body of an answer that somebody else sends, and no more of it than was agreed.

import { joinBytes } from './bytes.ts';

/** The whole body; undefined where it is longer than `bytesMax`, of which no more is then read. Rejects where it is cut off. */
export async function boundedBody(response: Response, bytesMax: number): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > bytesMax) return undefined;
    chunks.push(chunk);
  }
  return joinBytes(...chunks);
}
