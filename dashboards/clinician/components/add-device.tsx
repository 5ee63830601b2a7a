// Whoever runs the hub lets a device in: says its name and whom it measures, and shows it the QR code.

import { useSignal } from '@preact/signals';
import type { TargetedSubmitEvent, VNode } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { askForClaim, type Claim, qrPath } from '../claim.ts';
import { locale } from '../text/language.ts';
import { patientText } from '../text/patient.ts';

/** @param patients names of those whom the hub knows; another name is a new patient */
export function AddDevice({ patients }: { patients: readonly string[] }): VNode {
  const open = useSignal(false);
  const claim = useSignal<Claim | undefined>(undefined);
  const asked = useRef(false);
  const button = useRef<HTMLButtonElement>(null);
  const name = useRef<HTMLInputElement>(null);
  const close = (): void => {
    open.value = false;
    claim.value = undefined;
  };
  // What was pressed is gone: the keys go on in the form, and after it where they came from.
  useLayoutEffect(() => {
    if (open.value) name.current?.focus();
    else if (asked.current) button.current?.focus();
    asked.current = open.value;
  }, [open.value]);
  const submit = async (event: TargetedSubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    claim.value = await askForClaim(String(form.get('device') ?? ''), String(form.get('patient') ?? ''));
  };
  if (!open.value)
    return (
      <button ref={button} type="button" onClick={() => (open.value = true)}>
        {patientText().claim.open}
      </button>
    );
  if (claim.value?.kind === 'made') return <Shown claim={claim.value} close={close} />;
  const words = patientText().claim;
  return (
    <form
      class="add-device"
      onSubmit={(event) => void submit(event)}
      onKeyDown={(event) => closeOnEscape(event, close)}
    >
      <label for="device-name">{words.name}</label>
      <input
        ref={name}
        id="device-name"
        name="device"
        required
        minLength={3}
        maxLength={63}
        pattern="[a-z0-9][a-z0-9\-]*"
        title={words.form}
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        aria-describedby="device-why"
      />
      <label for="device-patient">{words.measures}</label>
      <input id="device-patient" name="patient" required maxLength={100} list="patients" autocomplete="off" />
      <datalist id="patients">
        {patients.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <button type="submit" class="primary">
        {words.show}
      </button>
      <button type="button" onClick={close}>
        {words.notNow}
      </button>
      <p id="device-why" class="why" role="status">
        {claim.value?.why}
      </p>
    </form>
  );
}

/** The key is this form's: nothing behind it closes as well. */
function closeOnEscape(event: KeyboardEvent, close: () => void): void {
  if (event.key !== 'Escape') return;
  event.preventDefault();
  event.stopPropagation();
  close();
}

type ShownProps = { readonly claim: Extract<Claim, { kind: 'made' }>; readonly close: () => void };

function Shown({ claim, close }: ShownProps): VNode {
  const words = patientText().claim;
  const link = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => link.current?.focus(), []);
  const { path, size } = qrPath(claim.link);
  const until = new Date(claim.expiresMs).toLocaleTimeString(locale(), {
    hour: '2-digit',
    minute: '2-digit',
  });
  return (
    <section class="add-device" aria-label={words.code} onKeyDown={(event) => closeOnEscape(event, close)}>
      <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={words.qr}>
        <rect width={size} height={size} fill="#fff" />
        <path d={path} fill="#000" />
      </svg>
      <p role="status">{words.showIt(until)}</p>
      <label for="device-link">{words.enter}</label>
      <input ref={link} id="device-link" class="claim-link" readOnly value={claim.link} />
      <button type="button" onClick={close}>
        {words.done}
      </button>
    </section>
  );
}
