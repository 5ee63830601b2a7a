// Gives a text to the reader as a file. The text is what was checked, not fetched a second time.

/** Offers `text` as a download called `name`. */
export function saveFile(name: string, contentType: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: contentType }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken the blob by the next task; a minute is for slow ones.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
