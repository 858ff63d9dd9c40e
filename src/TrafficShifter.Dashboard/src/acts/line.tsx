import { useState } from 'preact/hooks';
import { send } from '../api/client';
import { isStale } from '../state/live';
import { may } from '../state/session';
import { readStandstill, standstill } from '../state/standstill';
import { Panel } from './panel';

const PATH = '/api/v1/control/stop';

/** Nothing goes forward anywhere, at once. It asks for nothing that is known only here, so it is offered while the page is stale. */
export function StopLine() {
  const [open, setOpen] = useState(false);
  if (!may('stop') || standstill.value?.stop) return null;
  return (
    <>
      <button type="button" onClick={() => setOpen(true)}>Stop the line…</button>
      {open && (
        <Panel title="Stop the line?" verb="Stop the line" reason="required" close={() => setOpen(false)} send={async (reason) => { await send('PUT', PATH, { body: { reason } }); await readStandstill(); }}>
          <p>No rollout of any application goes forward until an admin lets the line run again. Checks go on; every roll back works.</p>
        </Panel>
      )}
    </>
  );
}

/** Takes the switch away. Whoever does it has read who set it and why. */
export function LetRun() {
  const [open, setOpen] = useState(false);
  const stop = standstill.value?.stop;
  if (!may('run') || !stop) return null;
  return (
    <>
      <button type="button" disabled={isStale()} onClick={() => setOpen(true)}>Let it run…</button>
      {open && (
        <Panel title="Let the line run again?" verb="Let it run" reason="required" close={() => setOpen(false)} send={async (reason) => { await send('DELETE', PATH, { body: { reason } }); await readStandstill(); }}>
          <p>Rollouts go on where they stand, each by its own checks. It was stopped by {stop.by}{stop.reason && `: “${stop.reason}”`}.</p>
        </Panel>
      )}
    </>
  );
}
