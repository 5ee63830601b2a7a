// The page of somebody who is logged in: the hub's own state above, one section a patient below.

import type { VNode } from 'preact';
import type { Page } from '../page.ts';
import type { Session } from '../session.ts';
import { AlarmBar } from './alarm-bar.tsx';
import { DiskNotice } from './disk-notice.tsx';
import { HubBar } from './hub-bar.tsx';
import { LinkNotice } from './link-notice.tsx';
import { PatientSection } from './patient-section.tsx';
import { VerifyDrawer } from './verify-drawer.tsx';

export function Home({ page, session }: { page: Page; session: Session }): VNode {
  const world = page.world.value;
  const linked = page.link.value.kind === 'live';
  return (
    <>
      <HubBar page={page} session={session} />
      <LinkNotice link={page.link} />
      <DiskNotice disk={world?.disk ?? null} />
      {world !== undefined && <AlarmBar patients={world.patients} now={page.now} />}
      <main class="home">
        <h1 class="unseen">Patients</h1>
        {world === undefined && <p class="quiet">Waiting for the first readings …</p>}
        {world?.patients.length === 0 && (
          <p class="quiet">
            Nobody is enrolled yet. Run <code>heartwood enroll</code> on the hub.
          </p>
        )}
        {world?.patients.map((patient) => (
          <PatientSection
            key={patient.id}
            patient={patient}
            now={page.now}
            linked={linked}
            open={page.openReading}
          />
        ))}
      </main>
      <VerifyDrawer page={page} />
    </>
  );
}
