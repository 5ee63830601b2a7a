// Device Information, service 180A (read): maker 2A29, model 2A24, serial 2A25, firmware 2A26, hardware 2A27,
// software 2A28 as text; System ID 2A23; PnP ID 2A50.
//
// The texts end up on screens and in consoles, and the device chooses them: what is no UTF-8 or holds a control
// character is refused. Devices pad with NUL and blanks; both are taken off the end.

import { decodeWith } from './octet-reader.ts';
import { OctetWriter } from './octet-writer.ts';
import { type Decoded, refuse } from './refusal.ts';

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** Longest value of an attribute (Core specification, part F, 3.2.9). */
const ATTRIBUTE_MAX_BYTES = 512;

/** 2A24 to 2A29: the text up to its first NUL, without blanks at the end. */
export function decodeDeviceText(bytes: Uint8Array): Decoded<string> {
  return decodeWith(bytes, (octets) => {
    if (bytes.length > ATTRIBUTE_MAX_BYTES) refuse('too-long', 'an attribute has 512 octets at most');
    const said = octets.bytes(octets.left);
    const nul = said.indexOf(0);
    const text = decodeUtf8(nul === -1 ? said : said.subarray(0, nul)).trimEnd();
    return /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u.test(text)
      ? refuse('bad-text', 'the text holds a control character')
      : text;
  });
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    return refuse('bad-text', 'the text is no UTF-8');
  }
}

/** 2A24 to 2A29. */
export function encodeDeviceText(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export type SystemId = {
  /** 40 bits that the maker gives. */
  readonly manufacturer: number;
  /** 24 bits that the IEEE gives the maker. */
  readonly organization: number;
};

/** 2A23. */
export function decodeSystemId(bytes: Uint8Array): Decoded<SystemId> {
  return decodeWith(bytes, (octets) => ({ manufacturer: octets.u40(), organization: octets.u24() }));
}

/** 2A23, 8 octets. */
export function encodeSystemId(value: SystemId): Uint8Array {
  return new OctetWriter().unsigned(value.manufacturer, 5).unsigned(value.organization, 3).done();
}

/** By their codes. */
const VENDOR_SOURCES = ['reserved', 'bluetooth', 'usb'] as const;
export type PnpId = {
  readonly source: (typeof VENDOR_SOURCES)[number];
  readonly vendor: number;
  readonly product: number;
  readonly version: number;
};

/** 2A50. */
export function decodePnpId(bytes: Uint8Array): Decoded<PnpId> {
  return decodeWith(bytes, (octets) => ({
    source: VENDOR_SOURCES[octets.u8()] ?? 'reserved',
    vendor: octets.u16(),
    product: octets.u16(),
    version: octets.u16(),
  }));
}

/** 2A50, 7 octets. */
export function encodePnpId(value: PnpId): Uint8Array {
  return new OctetWriter()
    .u8(VENDOR_SOURCES.indexOf(value.source))
    .u16(value.vendor)
    .u16(value.product)
    .u16(value.version)
    .done();
}
