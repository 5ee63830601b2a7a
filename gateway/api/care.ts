// The routes of a patient's care: their limits, what is charted of them, the scale of their saturation. Who may is decided
// by the hub's thread, which knows whose patient it is.

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { readCharting } from '../alarms/charting.ts';
import type { FeedCare, PatientCare } from '../alarms/feed-care.ts';
import type { LimitAsked } from '../alarms/limit-change.ts';
import type { HubThread } from '../hub/hub-thread.ts';
import type { LoggedIn } from '../people/access.ts';

const WHY_MAX = 200;
const LIMIT_LIKE_THIS =
  'Say why, and what: {"limit": 140, "delaySeconds": 10, "why": "athlete"}, {"off": true, "minutes": 60, "why": "…"} or {"default": true, "why": "…"}';
const SCALE_LIKE_THIS = 'Say which scale and why: {"scale": 2, "why": "COPD, target 88 to 92 %"}';

type OfPatient = { Params: { patient: string } };

/** @param tell hears of what has changed */
export function careRoutes(
  members: FastifyInstance,
  hub: Pick<HubThread, 'call'>,
  visitor: (request: FastifyRequest) => LoggedIn,
  tell: (care: PatientCare) => void,
): void {
  const answer = (patient: string, care: FeedCare): FeedCare => {
    tell({ patient, care });
    return care;
  };
  members.get<OfPatient>('/api/patients/:patient/limits', async (request) => ({
    rules: await hub.call('limits', visitor(request), request.params.patient),
  }));
  members.put<{ Params: { patient: string; condition: string } }>(
    '/api/patients/:patient/limits/:condition',
    async (request, reply) => {
      const asked = readLimit(request.body);
      if (asked === undefined) return reply.code(400).send({ error: LIMIT_LIKE_THIS });
      const { patient, condition } = request.params;
      return answer(patient, await hub.call('setLimit', visitor(request), patient, condition, asked));
    },
  );
  members.put<OfPatient>('/api/patients/:patient/spo2-scale', async (request, reply) => {
    const { scale, ...rest } = (request.body ?? {}) as Record<string, unknown>;
    const why = readWhy(rest);
    if ((scale !== 1 && scale !== 2) || why === undefined)
      return reply.code(400).send({ error: SCALE_LIKE_THIS });
    const { patient } = request.params;
    return answer(patient, await hub.call('orderScale', visitor(request), patient, scale, why));
  });
  members.post<OfPatient>('/api/patients/:patient/chart', async (request, reply) => {
    const seen = readCharting(request.body);
    if (typeof seen === 'string') return reply.code(400).send({ error: seen });
    const { patient } = request.params;
    return answer(patient, await hub.call('chart', visitor(request), patient, seen));
  });
}

/** Undefined where it has another form. What it may be is decided where the rule is known. */
function readLimit(body: unknown): LimitAsked | undefined {
  const { limit, delaySeconds, off, minutes, default: back } = (body ?? {}) as Record<string, unknown>;
  const why = readWhy(body);
  if (why === undefined || !isNumber(delaySeconds) || !isNumber(minutes)) return undefined;
  if ([limit !== undefined, off === true, back === true].filter(Boolean).length !== 1) return undefined;
  if (back === true) return { kind: 'default', why };
  if (off === true) return { kind: 'off', minutes: minutes as number | undefined, why };
  return typeof limit === 'number'
    ? { kind: 'set', limit, delaySeconds: delaySeconds as number | undefined, why }
    : undefined;
}

const isNumber = (value: unknown): boolean => value === undefined || typeof value === 'number';

function readWhy(body: unknown): string | undefined {
  const { why } = (body ?? {}) as Record<string, unknown>;
  return typeof why === 'string' && why.trim() !== '' && why.length <= WHY_MAX && why.isWellFormed()
    ? why.trim()
    : undefined;
}
