// The page of somebody who is logged in: the hub's own state above, below it the list of all patients, or one of them.
// Whoever may see one patient alone is there at once.

import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { loadChartStyle } from '../chart-style.ts';
import type { Page } from '../page.ts';
import type { Session } from '../session.ts';
import { reportShown } from '../shown.ts';
import type { World } from '../state.ts';
import { text } from '../text/text.ts';
import { AcknowledgeDialog } from './acknowledge-dialog.tsx';
import { AlarmCall } from './alarm-call.tsx';
import { DiskNotice } from './disk-notice.tsx';
import { HelpDialog } from './help-dialog.tsx';
import { HubBar } from './hub-bar.tsx';
import { Later } from './later.tsx';
import { LinkNotice } from './link-notice.tsx';
import { NewerNotice } from './newer-notice.tsx';
import { Printable } from './printable.tsx';
import { RadioNotice } from './radio-notice.tsx';
import { SoundNotice } from './sound-notice.tsx';
import { StuckNotice } from './stuck-notice.tsx';
import { VerifyDrawer } from './verify-drawer.tsx';
import { Worklist } from './worklist.tsx';

export function Home({ page, session }: { page: Page; session: Session }): VNode {
  const world = page.steady.value;
  // What is in the bar of alarms, with its form, needs no notice beside it.
  const told = new Set(page.hubAlarms.list.value.map(({ condition }) => condition));
  useEffect(() => reportShown(page.steady), [page]);
  return (
    <>
      <HubBar page={page} session={session} />
      <StuckNotice page={page} session={session} />
      <LinkNotice link={page.link} />
      <div class="notices">
        <NewerNotice shell={page.shell} />
        <SoundNotice sound={page.sound} />
      </div>
      <DiskNotice disk={world?.disk ?? null} told={told} />
      <RadioNotice radio={world?.radio ?? null} told={told} />
      {session.role === 'admin' && <Later load={loadHubBar} props={{ page }} />}
      {world !== undefined && <AlarmCall patients={world.patients} />}
      {world === undefined ? (
        <Waiting>{text().waiting}</Waiting>
      ) : world.patients.length === 0 ? (
        <Waiting>
          {text().nobodyEnrolled.before}
          <code>heartwood enroll</code>
          {text().nobodyEnrolled.after}
        </Waiting>
      ) : (
        <Place page={page} session={session} world={world} />
      )}
      <AcknowledgeDialog page={page} />
      <HelpDialog page={page} />
      <VerifyDrawer page={page} />
    </>
  );
}

const loadHubBar = async () => (await import('./hub-alarm-bar.tsx')).HubAlarmBar;

/** Patients and family: their own, in plain words. */
const FAMILY = 'patient';
const loadPatient = async () => (await import('./patient-page.tsx')).PatientPage;
const loadWall = async () => {
  const [{ WatchWall }] = await Promise.all([import('./watch-wall.tsx'), loadChartStyle()]);
  return WatchWall;
};
const loadFamily = async () => (await import('./family-view.tsx')).FamilyView;

function Place({ page, session, world }: { page: Page; session: Session; world: World }): VNode {
  const route = page.route.value;
  if (session.role === FAMILY && route.kind !== 'patient')
    return (
      <Later load={loadFamily} props={{ page, world }}>
        <Waiting>…</Waiting>
      </Later>
    );
  const only = world.patients.length === 1 ? world.patients[0] : undefined;
  if (route.kind === 'list' && only === undefined)
    return <Worklist page={page} session={session} world={world} route={route} />;
  if (route.kind === 'watch' && only === undefined)
    return (
      <Later load={loadWall} props={{ page, ids: route.ids }}>
        <Waiting>…</Waiting>
      </Later>
    );
  const id = only?.id ?? (route.kind === 'patient' ? route.id : undefined);
  return (
    <>
      {session.role === FAMILY && (
        <nav class="back overview-bar">
          <a href="#/">{text().overview}</a>
        </nav>
      )}
      <One key={id} page={page} id={id} />
      {id !== undefined && <Printable page={page} session={session} id={id} />}
    </>
  );
}

/** Follows each reading, as waveforms need it. */
function One({ page, id }: { page: Page; id: string | undefined }): VNode {
  const patients = page.world.value?.patients ?? [];
  const patient = patients.find((each) => each.id === id);
  if (patient !== undefined)
    return (
      <Later
        load={loadPatient}
        props={{ page, patient, others: patients.filter((each) => each !== patient) }}
      >
        <Waiting>…</Waiting>
      </Later>
    );
  return (
    <Waiting>
      {text().noSuchPatient} <a href={page.listAddress()}>{text().allPatients}</a>
    </Waiting>
  );
}

function Waiting({ children }: { children: VNode | string | (VNode | string)[] }): VNode {
  return (
    <main class="home">
      <h1 class="unseen">{text().patients}</h1>
      <p class="quiet">{children}</p>
    </main>
  );
}
