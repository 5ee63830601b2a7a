// The log: one JSON object a line on standard error, for journald and whoever reads it. It carries ids, sizes,
// durations and outcomes; never a vital sign, a name or a key.

import { type DestinationStream, pino } from 'pino';
import type { LogLevel } from './settings.ts';

export type Facts = Readonly<Record<string, unknown>>;
export type Log = (level: 'debug' | 'info' | 'warn' | 'error', event: string, facts?: Facts) => void;

export function openLog(
  level: LogLevel,
  destination: DestinationStream = pino.destination({ fd: 2, sync: true }),
): Log {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, messageKey: 'event' };
  const logger = pino(options, destination);
  return (severity, event, facts = {}) => logger[severity](facts, event);
}
