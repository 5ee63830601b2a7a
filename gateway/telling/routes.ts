// Telling over HTTP, among the routes of people who are logged in (docs/spec/telling.md). Forms are checked here; who may
// ask for what is decided by the calls.

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { HeartwoodError } from '../error.ts';
import type { HubThread } from '../hub/hub-thread.ts';
import type { LoggedIn } from '../people/access.ts';
import type { ShownAlarm } from './calls.ts';
import { readArranged, readContact } from './contact.ts';

const CONTACT_LIKE_THIS =
  'Say a contact like this: {"name": "Bea", "mail": "bea@example.org"}; also "person", "webhook", "mqtt"';
const LADDER_LIKE_THIS =
  'Say a ladder like this: {"disclose": "nothing", "steps": [{"after": 0, "contact": 1, "channels": ["mail"], "from": "medium"}]}';
const SHOWN_LIKE_THIS =
  'Say what is shown like this: {"patient": "9f…", "alarms": [{"condition": "spo2-low", "episode": 1}]}';
const SHOWN_MAX = 200;

type OfPatient = { Params: { patient: string } };
type OfContact = { Params: { number: string } };

export function tellingRoutes(
  members: FastifyInstance,
  hub: Pick<HubThread, 'call'>,
  visitor: (request: FastifyRequest) => LoggedIn,
): void {
  members.get('/api/telling', (request) => hub.call('telling', visitor(request)));

  members.post('/api/contacts', async (request, reply) => {
    const given = readContact(request.body);
    if (given === undefined) return reply.code(400).send({ error: CONTACT_LIKE_THIS });
    return reply.code(201).send({ number: await hub.call('addContact', visitor(request), given) });
  });
  members.delete<OfContact>('/api/contacts/:number', async (request, reply) => {
    await hub.call('removeContact', visitor(request), numberOf(request.params.number));
    return reply.code(204).send();
  });
  members.post<OfContact>('/api/contacts/:number/test', async (request, reply) => {
    const sent = await hub.call('testContact', visitor(request), numberOf(request.params.number));
    return reply.code(202).send({ deliveries: sent });
  });

  members.put('/api/ladder', async (request, reply) => {
    const arranged = readArranged(request.body);
    if (arranged === undefined) return reply.code(400).send({ error: LADDER_LIKE_THIS });
    await hub.call('setLadder', visitor(request), undefined, arranged);
    return reply.code(204).send();
  });
  members.put<OfPatient>('/api/patients/:patient/ladder', async (request, reply) => {
    const arranged = readArranged(request.body);
    if (arranged === undefined) return reply.code(400).send({ error: LADDER_LIKE_THIS });
    await hub.call('setLadder', visitor(request), request.params.patient, arranged);
    return reply.code(204).send();
  });
  members.delete<OfPatient>('/api/patients/:patient/ladder', async (request, reply) => {
    await hub.call('setLadder', visitor(request), request.params.patient, undefined);
    return reply.code(204).send();
  });

  members.get('/api/push', async () => ({ key: await hub.call('pushKey') }));
  members.post('/api/push', async (request, reply) => {
    await hub.call('subscribe', visitor(request), request.body);
    return reply.code(204).send();
  });
  members.delete('/api/push', async (request, reply) => {
    const { endpoint } = (request.body ?? {}) as { endpoint?: unknown };
    if (typeof endpoint === 'string') await hub.call('unsubscribe', visitor(request), endpoint);
    return reply.code(204).send();
  });

  members.post('/api/shown', async (request, reply) => {
    const shown = readShown(request.body);
    if (shown === undefined) return reply.code(400).send({ error: SHOWN_LIKE_THIS });
    await hub.call('shown', visitor(request), shown.patient, shown.alarms);
    return reply.code(204).send();
  });
}

function numberOf(text: string): number {
  if (!/^\d{1,9}$/.test(text))
    throw new HeartwoodError('not-found', `There is no contact ${text.slice(0, 40)}.`);
  return Number(text);
}

function readShown(body: unknown): { patient: string; alarms: readonly ShownAlarm[] } | undefined {
  const { patient, alarms } = (body ?? {}) as Record<string, unknown>;
  if (typeof patient !== 'string' || !Array.isArray(alarms) || alarms.length > SHOWN_MAX) return undefined;
  const well = alarms.every(
    (one) =>
      typeof one?.condition === 'string' && one.condition.length <= 200 && Number.isInteger(one.episode),
  );
  return well ? { patient, alarms } : undefined;
}
