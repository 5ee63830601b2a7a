// Questions about pairing, put to whoever sits at the terminal.

import type { PairingAnswer, PairingQuestion } from '@heartwood/gateway/ble';
import type { Frame } from '../frame.ts';

/**
 * Asks, and settles with what was typed. Where nobody sits at a terminal, or nothing is to be answered, one line says
 * what waits. @returns whether the question is still open
 */
export async function answerAtTerminal(
  question: PairingQuestion,
  frame: Frame,
  settle: (answer: PairingAnswer) => void,
): Promise<boolean> {
  const words = wordsOf(question);
  if (question.kind === 'show-passkey' || frame.ask === undefined) {
    frame.warn(words);
    return true;
  }
  const typed = (await frame.ask(`${words} `)).trim();
  if (question.kind === 'enter-passkey') settle(typed);
  else settle(/^y(es)?$/i.test(typed));
  return false;
}

/** What a person is asked. */
function wordsOf(question: PairingQuestion): string {
  const { device } = question;
  switch (question.kind) {
    case 'show-passkey':
      return `${device} wants to pair: type ${question.passkey} at the device.`;
    case 'confirm-passkey':
      return `${device} wants to pair: does it show ${question.passkey}? (yes or no)`;
    case 'enter-passkey':
      return `${device} wants to pair: which six digits does it show?`;
    case 'renew-bond':
      return `${device} no longer knows this hub, as after a reset: pair anew? (yes or no)`;
  }
}
