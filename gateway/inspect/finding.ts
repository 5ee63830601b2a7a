// One thing that doctor found, and how much it matters.

export type FindingLevel = 'well' | 'advice' | 'trouble';
export type Finding = { readonly level: FindingLevel; readonly about: string; readonly what: string };

export const well = (about: string, what: string): Finding => ({ level: 'well', about, what });
export const advice = (about: string, what: string): Finding => ({ level: 'advice', about, what });
export const trouble = (about: string, what: string): Finding => ({ level: 'trouble', about, what });
