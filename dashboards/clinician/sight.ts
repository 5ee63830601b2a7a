// Who may see a patient, and who looked: asked of the hub, for the patient's own view.

export type Sight = {
  readonly people: readonly { readonly name: string; readonly role: string; readonly you: boolean }[];
  /** From here on every look is told. */
  readonly from: number;
  readonly looks: readonly Look[];
};
export type Look = { readonly at: number; readonly name: string | undefined; readonly you: boolean };

const DAY_MS = 86_400_000;

/** The day before `toMs`, or as much of it as the hub tells at once. Undefined where it tells nothing. */
export async function fetchSight(patient: string, toMs: number): Promise<Sight | undefined> {
  const to = Math.floor(toMs);
  const answer = await fetch(`/api/patients/${patient}/sight?from=${to - DAY_MS}&to=${to}`).catch(
    () => undefined,
  );
  if (!answer?.ok) return undefined;
  return readSight(await answer.json().catch(() => undefined));
}

/** Undefined for what has another form. */
function readSight(json: unknown): Sight | undefined {
  if (!isObject(json)) return undefined;
  const { people, from, looks } = json;
  if (!Array.isArray(people) || !Array.isArray(looks) || typeof from !== 'number') return undefined;
  return {
    from,
    people: people.filter(isObject).map(({ name, role, you }) => ({
      name: String(name),
      role: String(role),
      you: you === true,
    })),
    looks: looks
      .filter(isObject)
      .flatMap(({ at, name, you }) =>
        typeof at === 'number'
          ? [{ at, name: typeof name === 'string' ? name : undefined, you: you === true }]
          : [],
      ),
  };
}

const isObject = (json: unknown): json is Record<string, unknown> =>
  typeof json === 'object' && json !== null;
