// The sign of the house: the rings of a tree, open where this year grows.

import type { VNode } from 'preact';

export function Mark(): VNode {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <circle cx="16" cy="16" r="13" />
      <path d="M16 7.6a8.4 8.4 0 1 1-6.6 3.2" />
      <circle class="core" cx="16" cy="16" r="3.2" />
    </svg>
  );
}
