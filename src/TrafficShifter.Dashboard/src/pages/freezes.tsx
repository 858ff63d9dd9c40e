import { useState } from 'preact/hooks';
import { AddFreeze, RemoveFreeze, type Window, whenOf } from '../acts/freeze';
import { LetRun, StopLine } from '../acts/line';
import { type Schemas, send } from '../api/client';
import { Failure } from '../parts/notice';
import { Ago } from '../parts/time';
import { isStale, useLive } from '../state/live';
import { may } from '../state/session';
import { ofControl, standstill } from '../state/standstill';
import { moment } from '../words';
import { Frame, Heading } from './frame';

const load = async () => {
  const reply = await send('GET', '/api/v1/control/freeze');
  const calendar = reply.body as Schemas['FreezeCalendar'];
  return { windows: calendar.windows ?? [], by: calendar.by, at: calendar.at, reason: calendar.reason, etag: reply.etag ?? '"0"' };
};

/** What holds rollouts, now and later, and who may change it. */
export function Freezes() {
  const live = useLive('freezes', load, 15_000, ofControl);
  const [open, setOpen] = useState<'add' | Window | null>(null);
  const close = (): void => { setOpen(null); live.again(); };
  const [calendar, now] = [live.value, standstill.value];
  return (
    <Frame title="Freezes">
      <Heading>Freezes</Heading>
      <section aria-labelledby="line">
        <h2 id="line">The line</h2>
        <p class="sentence">{!now ? 'Reading…' : now.stop ? <>Stopped by {now.stop.by}, <Ago at={now.stop.at} /> ago.</> : 'It runs.'}</p>
        <div class="acts"><StopLine /><LetRun /></div>
      </section>
      <section aria-labelledby="windows">
        <h2 id="windows">Freeze windows</h2>
        <Failure error={live.error} />
        {calendar && calendar.windows.length === 0 && <p>There is none.</p>}
        {calendar && calendar.windows.length > 0 && (
          <div class="scroll" tabIndex={0} role="region" aria-label="Freeze windows">
            <table class="cards">
              <thead><tr><th scope="col">Name</th><th scope="col">When</th><th scope="col">Applications</th><th scope="col">Now</th>{may('freeze') && <th scope="col">Change</th>}</tr></thead>
              <tbody>
                {calendar.windows.map((window, i) => (
                  <tr key={i}>
                    <th scope="row">{window.name}</th>
                    <td data-label="When">{whenOf(window, moment)}</td>
                    <td data-label="Applications">{window.apps ? (window.apps as string[]).join(', ') : 'all'}</td>
                    <td data-label="Now">{now?.frozen.some((each) => each.name === window.name) ? 'holds' : 'does not hold'}</td>
                    {may('freeze') && <td data-label="Change"><button type="button" disabled={isStale()} onClick={() => setOpen(window)}>Take away…</button></td>}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
        {calendar?.by && <p class="hint">Set by {calendar.by}{calendar.at && <>, <Ago at={calendar.at} /> ago</>}{calendar.reason && <> · “{calendar.reason}”</>}</p>}
        {calendar && may('freeze') && <div class="acts"><button type="button" disabled={isStale()} onClick={() => setOpen('add')}>Freeze…</button></div>}
        {calendar && open === 'add' && <AddFreeze calendar={calendar} close={close} />}
        {calendar && open && open !== 'add' && <RemoveFreeze calendar={calendar} window={open} close={close} />}
      </section>
    </Frame>
  );
}
