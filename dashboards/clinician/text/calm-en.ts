// English for what comes when it is asked for: the display's choices, the view of patients and family, the printed page.

export const calmEn = {
  close: 'Close',
  settings: {
    title: 'Display and sound',
    theme: 'Light',
    themes: { system: 'As this device', light: 'Light', dark: 'Dark', night: 'Night: dim, without red' },
    language: 'Language',
    sound: 'Sound',
    soundOn: 'Alarms sound in this browser',
    hear: 'Hear a medium alarm',
  },
};
export type CalmText = typeof calmEn;
