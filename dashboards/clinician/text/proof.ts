// The verifier's words in the language that is shown: English as it says them, or what another language has for them.

import { catalogue } from './language.ts';

export type ProofText = {
  /** The title of a step, by its name; undefined: as the verifier has it. */
  readonly stepTitle: (name: string) => string | undefined;
  /** A sentence; undefined: as the verifier has it. */
  readonly sentence: (english: string) => string | undefined;
};

const proofEn: ProofText = { stepTitle: () => undefined, sentence: (english) => english };

export const proofText: () => ProofText = catalogue(proofEn, {
  de: async () => {
    const { proofSentence, stepTitle } = await import('./proof-de.ts');
    return { stepTitle, sentence: proofSentence };
  },
});
