// Alarms of the hub itself (an adapter that hangs, bluetoothd away, a disk that fills): for whoever runs it, who knows of
// one as a clinician knows of a patient's, with a why and an end, on record.

import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { LoggedIn } from '../people/access.ts';
import { ASK_LIKE_THIS, readAcknowledgement } from './acknowledgement.ts';
import type { ApiOptions } from './server.ts';

/** The two routes, among those of people who are logged in. */
export function hubAlarmRoutes(
  members: FastifyInstance,
  hub: Pick<ApiOptions['hub'], 'call'>,
  clock: () => number,
  visitor: (request: FastifyRequest) => LoggedIn,
): void {
  members.get('/api/alarms', async (request) => ({ alarms: await hub.call('hubAlarms', visitor(request)) }));
  members.post('/api/alarms/acknowledge', async (request, reply) => {
    const asked = readAcknowledgement(request.body, clock());
    if (asked === undefined) return reply.code(400).send({ error: ASK_LIKE_THIS });
    const who = visitor(request);
    const alarms = await hub.call('acknowledgeHub', who, asked.conditions, { ...asked.by, by: who.name });
    return { alarms };
  });
}
