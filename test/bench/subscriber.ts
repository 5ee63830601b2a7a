// Whom bare aedes relays to: one subscriber at QoS 1 on every device's readings, which acknowledges and forgets. A
// process of its own; its argument is the port.

import { connect } from 'node:net';
import { answerPublishes } from './answer-publishes.ts';
import { connectBytes, subscribeBytes } from './mqtt-bytes.ts';

const socket = connect({ host: '127.0.0.1', port: Number(process.argv[2]), noDelay: true });
socket.on('error', () => process.exit(1));
socket.on('connect', () => socket.write(connectBytes('bench-subscriber', 'none')));
answerPublishes(socket, (type) => {
  if (type === 0x20) socket.write(subscribeBytes('heartwood/v1/+/readings'));
  if (type === 0x90) process.send?.('subscribed');
});
process.on('disconnect', () => process.exit(0));
