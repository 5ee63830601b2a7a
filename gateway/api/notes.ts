// The routes of notes on a patient. Who may read and write them is decided by the hub's thread, which knows whose patient it is.

import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { PatientCare } from '../alarms/feed-care.ts';
import type { HubThread } from '../hub/hub-thread.ts';
import { readNote } from '../notes/note.ts';
import type { LoggedIn } from '../people/access.ts';

type OfPatient = { Params: { patient: string } };

/** @param tell hears that there is one more */
export function noteRoutes(
  members: FastifyInstance,
  hub: Pick<HubThread, 'call'>,
  visitor: (request: FastifyRequest) => LoggedIn,
  tell: (care: PatientCare) => void,
): void {
  members.get<OfPatient>('/api/patients/:patient/notes', async (request, reply) => {
    const { before } = (request.query ?? {}) as Record<string, unknown>;
    if (before !== undefined && !(typeof before === 'string' && /^[1-9]\d{0,14}$/.test(before)))
      return reply.code(400).send({ error: 'Ask for older ones by the number of a note: ?before=12' });
    const from = before === undefined ? undefined : Number(before);
    return hub.call('notes', visitor(request), request.params.patient, from);
  });
  members.post<OfPatient>('/api/patients/:patient/notes', async (request, reply) => {
    const asked = readNote(request.body);
    if (typeof asked === 'string') return reply.code(400).send({ error: asked });
    const { patient } = request.params;
    const { note, care } = await hub.call('writeNote', visitor(request), patient, asked);
    tell({ patient, care });
    return reply.code(201).send(note);
  });
}
