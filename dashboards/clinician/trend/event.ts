// What happened around a patient, as the hub tells it out of its record (docs/spec/feed.md, Events): asked for by pieces.

/** An event of the hub as `GET /api/patients/<id>/events` tells it (docs/spec/feed.md). */
export type HubEventTold = {
  /** `<batch>.0.<index>`. */
  readonly id: string;
  /** The hub's clock, ms since 1970. */
  readonly at: number;
  readonly name: string;
  readonly detail: Readonly<Record<string, string | number>>;
  readonly device: string | undefined;
};

const EVENT_ID = /^\d{1,15}\.0\.\d{1,9}$/;
const PIECES_MAX = 200;

/** What the hub tells of a patient between two times. Throws where it does not answer. */
export async function fetchEvents(
  patient: string,
  { from, to }: { readonly from: number; readonly to: number },
  tell: (events: readonly HubEventTold[]) => void,
  signal: AbortSignal,
): Promise<void> {
  // The page's clock counts parts of a millisecond; the hub's does not.
  const since = Math.floor(from);
  let until = Math.ceil(to);
  for (let piece = 0; until > since && piece < PIECES_MAX; piece++) {
    const answer = await fetch(`/api/patients/${patient}/events?from=${since}&to=${until}`, { signal });
    if (!answer.ok) throw new Error(`events: ${answer.status}`);
    const told = parseEvents(await answer.json());
    if (signal.aborted) return;
    tell(told.events);
    if (!(told.from < until)) return;
    until = told.from;
  }
}

const PIECE = /^text(?:-(\d))?$/;

/** The words of a note out of its event, whose pieces are numbered. */
export const noteWords = (detail: HubEventTold['detail']): string =>
  Object.entries(detail)
    .filter(([name]) => PIECE.test(name))
    .sort(([a], [b]) => Number(PIECE.exec(a)?.[1] ?? 1) - Number(PIECE.exec(b)?.[1] ?? 1))
    .map(([, piece]) => String(piece))
    .join('');

/** Events of another form are left out. */
export function parseEvents(json: unknown): {
  readonly from: number;
  readonly events: readonly HubEventTold[];
} {
  const from = field(json, 'from');
  const events = field(json, 'events');
  return {
    from: typeof from === 'number' && Number.isFinite(from) ? from : 0,
    events: Array.isArray(events) ? events.flatMap((one) => parseEvent(one) ?? []) : [],
  };
}

function parseEvent(json: unknown): HubEventTold | undefined {
  const [id, at, name, told, device] = ['id', 'at', 'name', 'detail', 'device'].map((key) =>
    field(json, key),
  );
  if (typeof id !== 'string' || !EVENT_ID.test(id) || typeof name !== 'string') return undefined;
  if (typeof at !== 'number' || !Number.isFinite(at) || typeof told !== 'object' || told === null)
    return undefined;
  const detail = Object.entries(told).filter(
    (entry): entry is [string, string | number] =>
      typeof entry[1] === 'string' || typeof entry[1] === 'number',
  );
  return {
    id,
    at,
    name,
    detail: Object.fromEntries(detail),
    device: typeof device === 'string' ? device : undefined,
  };
}

function field(json: unknown, name: string): unknown {
  if (typeof json !== 'object' || json === null || !Object.hasOwn(json, name)) return undefined;
  return (json as Record<string, unknown>)[name];
}
