// Pairing over the page: what Bluetooth asks a person, and the person's answer. For whoever runs the hub alone: whoever
// answers lets a device in, or lets a bond go.

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { HeartwoodError } from '../error.ts';
import { may, type Viewer } from '../people/permission.ts';
import type { RadioQuestion } from '../stream/radio-notice.ts';

/** Where the questions are (`Desk` of gateway/ble). */
export type Pairing = {
  questions(): readonly RadioQuestion[];
  /** @returns whether the question was still open */
  answer(id: number, answer: boolean | string, person: number): boolean;
};

const ASK_LIKE_THIS =
  'Answer like this: {"answer": true}, {"answer": false}, or with six digits {"answer": "012345"}';

/** The two routes, among those of people who are logged in. */
export function pairingRoutes(
  members: FastifyInstance,
  pairing: Pairing,
  viewerOf: (request: FastifyRequest) => Viewer & { readonly number: number },
): void {
  const mayPair = (request: FastifyRequest): void => {
    if (!may(viewerOf(request), { do: 'pair-device' }))
      throw new HeartwoodError('forbidden', 'Whoever runs the hub has to pair a device.');
  };
  members.get('/api/pairing', (request) => {
    mayPair(request);
    return { questions: pairing.questions() };
  });
  members.post<{ Params: { id: string } }>('/api/pairing/:id', async (request, reply) => {
    mayPair(request);
    const answer = readAnswer(request.body);
    if (answer === undefined) return reply.code(400).send({ error: ASK_LIKE_THIS });
    const { id } = request.params;
    if (!/^\d{1,9}$/.test(id) || !pairing.answer(Number(id), answer, viewerOf(request).number))
      throw new HeartwoodError(
        'not-found',
        'This question is over: it was answered, or nobody answered within a minute.',
      );
    return reply.code(204).send();
  });
}

function readAnswer(body: unknown): boolean | string | undefined {
  const { answer } = (body ?? {}) as Record<string, unknown>;
  if (typeof answer === 'boolean') return answer;
  return typeof answer === 'string' && /^\d{1,6}$/.test(answer) ? answer : undefined;
}
