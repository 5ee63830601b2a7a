// Annotations in MIT format (annot(5) of the WFDB Applications Guide): pairs of bytes, low byte first, whose top six
// bits are a code and whose low ten bits a time step in samples. Five codes are not annotations but speak of them:
// SKIP (a long step), NUM, SUB and CHN (fields of the annotation before), AUX (text of the annotation before).

import { WfdbError } from './error.ts';

export type Annotation = {
  /** Sample number, from 0. */
  readonly sample: number;
  /** 1 to 49, ecgcodes.h of WFDB: 1 is a normal beat, 28 a change of rhythm. */
  readonly code: number;
  readonly subtype: number;
  readonly channel: number;
  readonly num: number;
  /** Text, e.g. `(AFIB`; empty where there is none. A trailing NUL is not part of it. */
  readonly aux: string;
};

const SKIP = 59;
const NUM = 60;
const SUB = 61;
const CHN = 62;
const AUX = 63;

// The codes that WFDB's isqrs() holds for beats: N L R a V F J A S E j / Q, B, ?, e, n, f, r.
const BEATS: ReadonlySet<number> = new Set([
  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 25, 30, 34, 35, 38, 41,
]);

/** The letters by which databases call the beats; other annotations are called by `#` and their number. */
const LETTERS: Readonly<Record<number, string>> = {
  1: 'N',
  2: 'L',
  3: 'R',
  4: 'a',
  5: 'V',
  6: 'F',
  7: 'J',
  8: 'A',
  9: 'S',
  10: 'E',
  11: 'j',
  12: '/',
  13: 'Q',
  25: 'B',
  28: '+',
  30: '?',
  34: 'e',
  35: 'n',
  38: 'f',
  41: 'r',
};

/** Whether an annotation marks a beat of the ventricles. */
export function isBeat(annotation: Annotation): boolean {
  return BEATS.has(annotation.code);
}

/** The letter of an annotation's code, `N` for a normal beat. */
export function letterOf(annotation: Annotation): string {
  return LETTERS[annotation.code] ?? `#${annotation.code}`;
}

/** Parses an annotation file. Throws WfdbError `truncated` where the end mark is missing, or `bad-annotation`. */
export function parseAnnotations(bytes: Uint8Array): Annotation[] {
  const annotations: Annotation[] = [];
  let at = 0;
  let sample = 0;
  // `num` and `chn` hold until they are changed, `sub` speaks of one annotation only.
  let num = 0;
  let channel = 0;
  const word = (): number => {
    if (at + 2 > bytes.length) {
      throw new WfdbError(
        'truncated',
        `The annotations end after ${bytes.length} bytes without their end mark.`,
      );
    }
    const value = bytes[at]! | (bytes[at + 1]! << 8);
    at += 2;
    return value;
  };
  const amend = (change: Partial<Annotation>): void => {
    const last = annotations.pop();
    if (!last) throw new WfdbError('bad-annotation', 'A field comes before the first annotation.');
    annotations.push({ ...last, ...change });
  };
  for (;;) {
    const pair = word();
    if (pair === 0) return annotations;
    const code = pair >> 10;
    const step = pair & 0x3ff;
    switch (code) {
      case SKIP: {
        // A long integer as the PDP-11 kept it: the high half first.
        const high = word();
        sample += (high << 16) | word();
        break;
      }
      case NUM:
        num = signedByte(step);
        amend({ num });
        break;
      case SUB:
        amend({ subtype: signedByte(step) });
        break;
      case CHN:
        channel = step & 0xff;
        amend({ channel });
        break;
      case AUX: {
        const end = at + step;
        if (end > bytes.length) {
          throw new WfdbError('truncated', `The annotations end within a text of ${step} bytes.`);
        }
        amend({ aux: textOf(bytes.subarray(at, end)) });
        at = end + (step & 1);
        break;
      }
      default:
        sample += step;
        if (code > 49) throw new WfdbError('bad-annotation', `Annotation code ${code} does not exist.`);
        if (sample < 0) throw new WfdbError('bad-annotation', 'An annotation lies before the recording.');
        annotations.push({ sample, code, subtype: 0, channel, num, aux: '' });
    }
  }
}

function signedByte(value: number): number {
  return (value << 24) >> 24;
}

function textOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes).replace(/\0+$/, '');
}
