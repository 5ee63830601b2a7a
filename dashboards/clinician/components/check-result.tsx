// What came out of a check: what it proves and what it does not, the steps in the order of the argument, and what to
// take home.

import type { VNode } from 'preact';
import type { Check } from '../check.ts';
import { saveFile } from '../download.ts';
import { proofText } from '../text/proof.ts';
import { text } from '../text/text.ts';
import type { ShownStep } from '../verdict.ts';

type Props = { readonly check: Extract<Check, { kind: 'checked' }>; readonly id: string };

export function CheckResult({ check, id }: Props): VNode {
  const words = text().proof;
  const { verdict, bundle, policy } = check;
  const file = `heartwood-${id}.json`;
  return (
    <>
      {verdict.ok && (
        <ul class="proves">
          {verdict.proves.map((sentence) => (
            <li key={sentence}>
              <Said english={sentence} />
            </li>
          ))}
        </ul>
      )}
      {verdict.ok && (
        <>
          <h3>{words.limits}</h3>
          <ul class="limits">
            {verdict.doesNotProve.map((sentence) => (
              <li key={sentence}>
                <Said english={sentence} />
              </li>
            ))}
            <li>{words.notBefore}</li>
            <li>{words.notHonest}</li>
          </ul>
        </>
      )}
      <h3>{words.steps}</h3>
      <ol class="steps">
        {verdict.steps.map((step) => (
          <StepRow key={step.name} step={step} />
        ))}
      </ol>
      <h3>{words.elsewhere}</h3>
      <div class="files">
        <button type="button" class="primary" onClick={() => saveFile(file, 'application/json', bundle)}>
          {words.keepProof}
        </button>
        <button type="button" onClick={() => saveFile('policy.txt', 'text/plain', policy)}>
          {words.keepPolicy}
        </button>
      </div>
      <p class="quiet">{words.offline}</p>
      <pre>
        <code>{`heartwood verify ${file} --policy policy.txt`}</code>
      </pre>
    </>
  );
}

/** A sentence of the verifier's. One that has no other words is English, and says so to whoever reads it aloud. */
function Said({ english }: { english: string }): VNode {
  const said = proofText().sentence(english);
  return said === undefined ? <span lang="en">{english}</span> : <span>{said}</span>;
}

function StepRow({ step }: { step: ShownStep }): VNode {
  return (
    <li data-ok={step.ok}>
      <svg viewBox="0 0 20 20" aria-hidden="true" focusable="false">
        {step.ok ? <path d="M4 10.5 8.2 15 16 5.5" /> : <path d="M4.5 4.5l11 11M15.5 4.5l-11 11" />}
      </svg>
      <span>
        <span class="unseen">{step.ok ? text().proof.holds : text().proof.fails}</span>
        <strong>{proofText().stepTitle(step.name) ?? step.title}</strong> <Said english={step.text} />
      </span>
    </li>
  );
}
