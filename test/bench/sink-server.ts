// The least that a server can do: it finds where each packet ends and acknowledges it. What the generator reaches here
// is its own limit. A process of its own.

import { createServer, type Socket } from 'node:net';
import { answerPublishes } from './answer-publishes.ts';
import { tellPort } from './child.ts';

const CONNACK = Buffer.from([0x20, 2, 0, 0]);

function serve(socket: Socket): void {
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  answerPublishes(socket, {
    other: (type) => {
      if (type === 0x10) socket.write(CONNACK);
    },
  });
}

tellPort(createServer(serve));
