// MDC codes (ISO/IEEE 11073-10101) in the house's words: which kind an observation is of, and which UCUM unit a code
// names. Codes not in these tables are no vital sign we know: they are left alone, never guessed.

import { KINDS, type ScalarKind } from '../kind.ts';

/** Codes beyond those of `KINDS`, by which other devices name the same kinds. */
const MORE_CODES: readonly (readonly [number, ScalarKind])[] = [
  /** MDC_PULS_OXIM_PULS_RATE. */
  [149530, 'heart-rate'],
  /** MDC_PULS_RATE_NON_INV. */
  [149546, 'heart-rate'],
];

const SCALARS = Object.values(KINDS).flatMap((spec, index): (readonly [number, ScalarKind])[] =>
  spec.shape === 'scalar' && spec.mdc !== 0 ? [[spec.mdc, Object.keys(KINDS)[index] as ScalarKind]] : [],
);
const KIND_OF: ReadonlyMap<number, ScalarKind> = new Map([...SCALARS, ...MORE_CODES]);

const UNIT_OF: ReadonlyMap<number, string> = new Map([
  [262688, '%'],
  [263875, 'kg'],
  [263872, 'g'],
  [263904, '[lb_av]'],
  [264274, 'mg/dL'],
  [264338, 'ms'],
  [264864, '/min'],
  [264928, '/min'],
  [265987, 'kPa'],
  [266016, 'mm[Hg]'],
  [266560, '[degF]'],
  [266866, 'mmol/L'],
  [268192, 'Cel'],
]);

/** The scalar kind of an MDC code. */
export function kindOfMdc(code: number | undefined): ScalarKind | undefined {
  return code === undefined ? undefined : KIND_OF.get(code);
}

/** The UCUM unit of an MDC unit code. */
export function unitOfMdc(code: number): string | undefined {
  return UNIT_OF.get(code);
}
