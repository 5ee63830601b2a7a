// German for the page of one patient, for the help, and for letting a device in.

import type { PatientText } from './patient-en.ts';

export const patientDe: PatientText = {
  tile: {
    limits: ', Grenzen ',
    proof: ' Den Beweis zeigen.',
    quality: { uncertain: 'unsicheres Signal', poor: 'schlechtes Signal' },
    for: (age) => `seit ${age}`,
    noneBefore: (since) => `${since}, vorher keine Zahl`,
    lastBefore: (since, value, ago) => `${since}, zuletzt ${value} ${ago}`,
    late: (measured, received) => `gemessen ${measured}, empfangen ${received}`,
    old: (age) => `${age} alt`,
  },
  devices: {
    label: 'Geräte',
    none: 'Keine Geräte.',
    online: 'Verbunden',
    offline: 'Getrennt',
    unknown: 'Verbindung unbekannt',
    battery: (percent) => `, Batterie ${percent} %`,
    neverHeard: 'nie gehört',
    heard: (ago) => `gehört ${ago}`,
  },
  clock: (time) => `dort ist es ${time}`,
  readings: {
    title: 'Letzte Messwerte',
    newest: 'Die neuesten zeigen',
    reading: 'Messwert',
    value: 'Wert',
    measured: 'Gemessen',
    device: 'Gerät',
    proof: 'Beweis',
    late: 'später empfangen',
    verify: 'Prüfen',
    patient: 'Patient',
    received: 'Empfangen',
    message: 'Nachricht',
  },
  score: {
    input: 'Angabe',
    value: 'Wert',
    points: 'Punkte',
    age: 'Alter',
    missing: 'fehlt',
    seen: 'gesehen',
    doesNotCount: 'zählt nicht',
    basis: 'Was fehlt oder zu alt ist, hat keine Punkte; der Wert ist also der kleinste mögliche',
    most: (n) => ` (und ${n} der größte)`,
    source:
      'Für Erwachsene; er stützt eine Entscheidung und trifft keine. Royal College of Physicians, NEWS2, 2017.',
  },
  help: {
    title: 'Hilfe',
    keys: {
      j: 'Nächster Patient',
      k: 'Vorheriger Patient',
      Enter: 'Den Patienten öffnen',
      a: 'Den ersten wartenden Alarm quittieren',
      m: 'Den Ton für zwei Minuten unterbrechen, oder die Pause beenden',
      w: 'Patienten im Blick behalten, oder nicht mehr',
      W: 'Alle im Blick nebeneinander sehen',
      n: 'Zu dem, der zuerst wartet',
      '/': 'Suchen',
      Esc: 'Zurück zu allen Patienten',
      '?': 'Diese Hilfe',
    },
    letters: 'Buchstaben sind Tasten',
    order: 'Reihenfolge:',
    orderIs:
      'Alarme, die niemand quittiert hat, der höchste zuerst; dann der Score, wem es schlechter geht, und veraltete Zahlen. Solange Sie auf eine Zeile zeigen oder auf ihr stehen, bewegt sich nichts.',
    score: 'NEWS2 ≥ 5 · 4/7 heißt:',
    scoreIs:
      'mindestens 5, aus 4 von 7 Angaben. Eine fehlende Angabe zählt nicht und ist keine Null. Das Feld ist Tinte, kräftig ab 5 und gefüllt ab 7: Rot, Gelb und Cyan bedeuten nur Alarme.',
    seal: 'Siegel:',
    sealIs:
      'der Abschnitt, vom Hub unterschrieben, in dem der neueste Messwert steht; einer, der wartet, ist gespeichert und wird mit dem nächsten versiegelt.',
    close: 'Schließen',
  },
  claim: {
    open: 'Gerät aufnehmen',
    name: 'Name des Geräts, etwa watch-ada',
    form: 'Kleine Buchstaben, Ziffern und Striche',
    measures: 'Wen es misst',
    show: 'Code zeigen',
    notNow: 'Jetzt nicht',
    code: 'Code für das Gerät',
    qr: 'QR-Code für das Gerät',
    showIt: (until) =>
      `Zeigen Sie dies dem Gerät vor ${until}. Es gilt einmal, und wer es zuerst hat, wird dieses Gerät.`,
    enter: 'Oder dies im Gerät eingeben',
    done: 'Fertig',
    noAnswer: 'Der Hub antwortet nicht: Es wurde kein Code gemacht.',
    noCertificates:
      'Dieser Hub gibt Geräten keine Zertifikate: Er muss als heartwood hub --reach home laufen.',
    refused: (status) => `Der Hub hat keinen Code gemacht (Antwort ${status}).`,
  },
};
