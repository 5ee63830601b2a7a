// A message: what a device publishes on `readings` or `wave`. Bytes come in, a whole valid message or one refusal
// goes out; nothing is half taken and nothing is thrown. All that a stranger can send to the hub passes here.
//
// The content type (MQTT 5) says which of four formats it is; without one the first byte does.

import { BODY_MAX_BYTES } from './limit.ts';
import { decodeCbor, nameMessage } from './message-cbor.ts';
import { readMessage } from './message-model.ts';
import { labelRecords, readSenml } from './message-senml.ts';
import type { Message } from './reading.ts';
import { type RefusalReason, Refused, refuse } from './refusal.ts';

/** What became of a body. `detail` is for the device's developer; it never holds a byte of the body. */
export type ParsedMessage =
  | { readonly kind: 'message'; readonly message: Message }
  | { readonly kind: 'refused'; readonly reason: RefusalReason; readonly detail: string };

export const CONTENT_TYPES = [
  'application/json',
  'application/cbor',
  'application/senml+json',
  'application/senml+cbor',
] as const;
/** The formats of a body, as MQTT 5's content type names them. */
export type ContentType = (typeof CONTENT_TYPES)[number];

// A byte order mark is kept, and so refused by JSON.parse: RFC 8259 section 8.1 forbids senders to add one.
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Parses one message body. `contentType` is MQTT 5's, parameters and case ignored; empty or undefined means that
 * the first byte decides. Never throws.
 */
export function parseMessage(body: Uint8Array, contentType?: string): ParsedMessage {
  try {
    return { kind: 'message', message: readBody(body, contentType) };
  } catch (error) {
    if (error instanceof Refused) return { kind: 'refused', reason: error.reason, detail: error.detail };
    throw error;
  }
}

function readBody(body: Uint8Array, contentType: string | undefined): Message {
  if (body.length === 0) refuse('empty', 'the body is empty');
  if (body.length > BODY_MAX_BYTES)
    refuse('too-large', `the body is larger than ${BODY_MAX_BYTES} bytes: split it`);
  switch (formatOf(body, contentType)) {
    case 'application/json':
      return readMessage(decodeJson(body));
    case 'application/cbor':
      return readMessage(nameMessage(decodeCbor(withoutMark(body))));
    case 'application/senml+json':
      return readSenml(decodeJson(body));
    case 'application/senml+cbor':
      return readSenml(labelRecords(decodeCbor(withoutMark(body))));
  }
}

function formatOf(body: Uint8Array, contentType: string | undefined): ContentType {
  if (contentType === undefined || contentType === '') return sniff(body);
  const named = contentType.split(';', 1)[0]!.trim().toLowerCase() as ContentType;
  if (CONTENT_TYPES.includes(named)) return named;
  return refuse(
    'unknown-content-type',
    `the content type must be one of ${CONTENT_TYPES.join(', ')}, or left out`,
  );
}

/** No JSON text of ours can begin as a CBOR array, map or tag does, and the other way round. */
function sniff(body: Uint8Array): ContentType {
  let at = 0;
  while (isJsonSpace(body[at])) at += 1;
  if (body[at] === 0x7b) return 'application/json';
  if (body[at] === 0x5b) return 'application/senml+json';
  const first = withoutMark(body)[0];
  if (first !== undefined && first >>> 5 === 5) return 'application/cbor';
  if (first !== undefined && first >>> 5 === 4) return 'application/senml+cbor';
  return refuse('unknown-format', 'the body must begin as a JSON object or array, or as a CBOR map or array');
}

function isJsonSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** CBOR without its self-described mark, tag 55799 (RFC 8949 section 3.4.6). */
function withoutMark(body: Uint8Array): Uint8Array {
  return body[0] === 0xd9 && body[1] === 0xd9 && body[2] === 0xf7 ? body.subarray(3) : body;
}

/** JSON.parse keeps the last of two fields of one name and does not recurse on the stack; both are measured by test. */
function decodeJson(body: Uint8Array): unknown {
  let text: string;
  try {
    text = UTF8.decode(body);
  } catch {
    return refuse('not-utf8', 'the body is not well-formed UTF-8');
  }
  try {
    return JSON.parse(text);
  } catch {
    return refuse('not-json', 'the body is not well-formed JSON');
  }
}
