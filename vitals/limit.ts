// Limits: what one message, one reading and one event may at most be. Each bounds the work and the memory that
// a stranger can ask of the hub; together they keep a year of clocks and counters inside exact integers.

/** One message body. */
export const BODY_MAX_BYTES: number = 256 * 1024;
export const READINGS_MAX = 512;
/** Of all waveforms of one message together, and so of each: twelve leads of ten seconds at 500 Hz are 60,000. */
export const SAMPLES_MAX = 65_536;
/** CBOR items of a body: more than the fields and samples of any message come to. Of them maps, arrays and tags. */
export const ITEMS_MAX: number = SAMPLES_MAX + 64 * READINGS_MAX;
export const CONTAINERS_MAX: number = 8 * READINGS_MAX;
/** Our deepest CBOR is message > readings > reading > waveform > tag > samples. */
export const NESTING_MAX = 8;
/** `seq` and `boot`: the integers that a double holds exactly. */
export const COUNTER_MAX: number = Number.MAX_SAFE_INTEGER;
/** The last millisecond of the year 9999, the last that RFC 3339 can write. */
export const TIME_MAX_MS = 253_402_300_799_999;
/** Place of a reading in its message, as canonical bytes hold it. */
export const INDEX_MAX = 65_535;
export const LEAD_MAX_CHARS = 16;
export const RATE_MAX_HZ = 100_000;
/** Limits of `gain`, converter units per unit of the kind, either side. */
export const GAIN_MIN = 1e-9;
export const GAIN_MAX = 1e9;
export const INT32_MIN = -0x8000_0000;
export const INT32_MAX = 0x7fff_ffff;
/** Of a hub event. */
export const DETAIL_ENTRIES_MAX = 16;
export const DETAIL_TEXT_MAX_BYTES = 256;
