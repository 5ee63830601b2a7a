// The texts of the alarm board.

import { type BoardText, boardEn } from './board-en.ts';
import { catalogue } from './language.ts';

export const boardText: () => BoardText = catalogue(boardEn as BoardText, {
  de: async () => (await import('./board-de.ts')).boardDe,
});
