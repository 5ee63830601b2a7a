// What the hub is measured against: aedes alone, the version that the hub is built on. It checks no password, stores
// nothing, and has no subscriber. A process of its own.

import { createServer, type Socket } from 'node:net';
import { Aedes } from 'aedes';
import { tellPort } from './child.ts';

const aedes = await Aedes.createBroker();
tellPort(createServer((socket: Socket) => void aedes.handle(socket)));
