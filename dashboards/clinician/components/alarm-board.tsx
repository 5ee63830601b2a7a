// The alarm board: how many alarms there were, how many somebody acted on and how soon, which rule is the noisiest, and how
// long a reading takes. For whoever looks after patients.

import { useSignal } from '@preact/signals';
import type { ComponentChildren, VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { formatAge } from '../age.ts';
import { type Board, readBoard, shareOf, type Tally } from '../board.ts';
import { boardText } from '../text/board.ts';
import { locale } from '../text/language.ts';

const DAYS = [1, 7, 31] as const;
const DAY_MS = 86_400_000;

type Props = { readonly names: ReadonlyMap<string, string>; readonly close: () => void };

export function AlarmBoard({ names, close }: Props): VNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const days = useSignal<number>(7);
  const board = useSignal<Board | string | undefined>(undefined);
  useEffect(() => dialog.current?.showModal(), []);
  useEffect(() => {
    board.value = undefined;
    const wanted = days.value;
    void readBoard(wanted).then((said) => {
      if (days.peek() === wanted) board.value = said;
    });
  }, [days.value]);
  const words = boardText();
  const shown = board.value;
  return (
    <dialog ref={dialog} class="ask board" aria-labelledby="board-title" onClose={close}>
      <div class="dialog-head">
        <h2 id="board-title">{words.title}</h2>
        <button type="button" onClick={() => dialog.current?.close()}>
          {words.close}
        </button>
      </div>
      <p class="quiet">{words.intro}</p>
      <label class="days">
        {words.days}
        <select value={days.value} onChange={(event) => (days.value = Number(event.currentTarget.value))}>
          {DAYS.map((each) => (
            <option key={each} value={each}>
              {words.last(each)}
            </option>
          ))}
        </select>
      </label>
      <p role="status" class={typeof shown === 'string' ? 'why' : 'quiet'}>
        {shown === undefined ? words.reading : typeof shown === 'string' ? shown : ''}
      </p>
      {typeof shown === 'object' && <Whole board={shown} names={names} />}
    </dialog>
  );
}

function Whole({ board, names }: { board: Board; names: ReadonlyMap<string, string> }): VNode {
  const words = boardText();
  const { raised, heldBack, byPriority, patients, rules } = board;
  const patientDays = Math.max(1, names.size) * Math.max(1, (board.to - board.from) / DAY_MS);
  return (
    <>
      <dl class="board-facts">
        <Fact name={words.alarms} value={decimal(raised, 0)}>
          {words.byPriority(byPriority.high, byPriority.medium, byPriority.low)}
        </Fact>
        <Fact name={words.perPatientDay} value={decimal(raised / patientDays, 1)} />
        <Fact name={words.actedOn} value={words.share(shareOf(board))} />
        {board.medianMs !== undefined && (
          <Fact name={words.soon} value={formatAge(board.medianMs)}>
            {words.half(formatAge(board.medianMs))}
          </Fact>
        )}
        {heldBack > 0 && (
          <Fact name={words.heldBack} value={decimal(heldBack, 0)}>
            {words.heldBackWhy}
          </Fact>
        )}
      </dl>
      {raised === 0 && <p>{words.none}</p>}
      {rules.length > 0 && (
        <Tallies
          caption={words.noisiest}
          first={words.rule}
          rows={rules.map((one) => [words.rules[one.rule] ?? one.rule, one])}
        />
      )}
      {patients.length > 0 && (
        <Tallies
          caption={words.byPatient}
          first={words.patient}
          rows={patients.map((one) => [names.get(one.patient ?? '') ?? one.patient ?? '', one])}
        />
      )}
      <Delays delays={board.delays} />
    </>
  );
}

type FactProps = { readonly name: string; readonly value: string; readonly children?: ComponentChildren };
const Fact = ({ name, value, children }: FactProps): VNode => (
  <div>
    <dt>{name}</dt>
    <dd>
      <strong>{value}</strong> {children !== undefined && <span class="quiet">{children}</span>}
    </dd>
  </div>
);

type TalliesProps = {
  readonly caption: string;
  readonly first: string;
  readonly rows: readonly (readonly [name: string, tally: Tally & { readonly perDay?: number }])[];
};

function Tallies({ caption, first, rows }: TalliesProps): VNode {
  const words = boardText();
  const perDay = rows.some(([, tally]) => tally.perDay !== undefined);
  return (
    <table>
      <caption>{caption}</caption>
      <thead>
        <tr>
          <th scope="col">{first}</th>
          <th scope="col">{words.alarms}</th>
          {perDay && <th scope="col">{words.perDay}</th>}
          <th scope="col">{words.actedOn}</th>
          <th scope="col">{words.soon}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([name, tally]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{decimal(tally.raised, 0)}</td>
            {perDay && <td>{decimal(tally.perDay ?? 0, 1)}</td>}
            <td>{words.share(shareOf(tally))}</td>
            <td>{tally.medianMs === undefined ? '–' : formatAge(tally.medianMs)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Delays({ delays }: Pick<Board, 'delays'>): VNode | null {
  const words = boardText();
  const legs = words.legs as Readonly<Record<string, string>>;
  const counted = delays.filter(({ count }) => count > 0);
  if (counted.length === 0) return null;
  const ms = (value: number | null): string => (value === null ? '–' : words.milliseconds(decimal(value, 0)));
  return (
    <>
      <table>
        <caption>{words.delays}</caption>
        <thead>
          <tr>
            <th scope="col">{words.leg}</th>
            <th scope="col">{words.half50}</th>
            <th scope="col">{words.most99}</th>
            <th scope="col">{words.count}</th>
          </tr>
        </thead>
        <tbody>
          {counted.map(({ leg, count, p50Ms, p99Ms }) => (
            <tr key={leg}>
              <th scope="row">{legs[leg] ?? leg}</th>
              <td>{ms(p50Ms)}</td>
              <td>{ms(p99Ms)}</td>
              <td>{decimal(count, 0)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="quiet">{words.delaysWhy}</p>
    </>
  );
}

const decimal = (value: number, digits: number): string =>
  value.toLocaleString(locale(), { minimumFractionDigits: digits, maximumFractionDigits: digits });
