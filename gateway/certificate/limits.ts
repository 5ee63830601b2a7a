// What a request for a certificate may be, apart from the parser, so that whoever only passes one on loads none.

/** As PEM: a request of P-256 or Ed25519 has some 300 to 600 characters. */
export const REQUEST_CHARS_MAX = 4096;
