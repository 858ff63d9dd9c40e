import { useState } from 'preact/hooks';
import { type Schemas, send } from '../api/client';
import { readStandstill } from '../state/standstill';
import { instantOf } from '../words';
import { Panel } from './panel';

export type Window = Schemas['FreezeWindow'];

/** The calendar as it was read, and its version. */
export interface Calendar {
  readonly windows: readonly Window[];
  readonly etag: string;
}

const DAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;
const EMPTY = { name: '', apps: '', weekly: false, from: '', to: '', days: [] as Schemas['DayOfWeek'][], start: '00:00', end: '24:00', zone: '' };

/** Refused if somebody changed the calendar meanwhile. */
async function write(calendar: Calendar, windows: readonly Window[], reason: string): Promise<void> {
  await send('PUT', '/api/v1/control/freeze', { body: { windows, reason }, headers: { 'If-Match': calendar.etag } });
  await readStandstill();
}

/** When it holds, in words. */
export const whenOf = ({ weekly, from, to }: Window, said: (at: string) => string): string =>
  weekly ? `each ${weekly.days.join(', ')} from ${weekly.from ?? '00:00'} to ${weekly.to ?? '24:00'} ${weekly.zone ?? 'UTC'}` : `${from ? said(from) : ''} to ${to ? said(to) : ''}`;

export function RemoveFreeze({ calendar, window, close }: { calendar: Calendar; window: Window; close: () => void }) {
  return (
    <Panel title={`Take freeze “${window.name}” away?`} verb="Take it away" reason="required" close={close} send={(reason) => write(calendar, calendar.windows.filter((each) => each !== window), reason)}>
      <p>Rollouts that it holds go on where they stand, each by its own checks.</p>
    </Panel>
  );
}

/** A time in which no rollout goes forward: once, or every week. */
export function AddFreeze({ calendar, close }: { calendar: Calendar; close: () => void }) {
  const [form, setForm] = useState(EMPTY);
  const set = (change: Partial<typeof EMPTY>): void => setForm({ ...form, ...change });
  const field = (name: 'name' | 'apps' | 'start' | 'end' | 'zone', label: string) => (
    <div class="field"><label for={`freeze-${name}`}>{label}</label><input id={`freeze-${name}`} autocomplete="off" value={form[name]} onInput={(e) => set({ [name]: e.currentTarget.value })} /></div>
  );
  const moment = (name: 'from' | 'to', label: string) => (
    <div class="field"><label for={`freeze-${name}`}>{label}</label><input id={`freeze-${name}`} type="datetime-local" value={form[name]} onInput={(e) => set({ [name]: e.currentTarget.value })} /></div>
  );
  const [from, to] = [instantOf(form.from), instantOf(form.to)];
  const apps = form.apps.split(/[\s,]+/).filter(Boolean);
  const ready = form.name.trim() !== '' && (form.weekly ? form.days.length > 0 : from !== null && to !== null && from < to);
  const window = {
    name: form.name.trim(), ...(apps.length > 0 ? { apps } : {}),
    ...(form.weekly ? { weekly: { days: form.days, from: form.start, to: form.end, ...(form.zone.trim() ? { zone: form.zone.trim() } : {}) } } : { from, to }),
  } as Window;
  return (
    <Panel title="Freeze rollouts" verb="Freeze" reason="required" ready={ready} close={close} send={(reason) => write(calendar, [...calendar.windows, window], reason)}>
      <p>Meanwhile no rollout goes forward. Checks go on; every roll back works.</p>
      {field('name', 'Name')}
      {field('apps', 'Applications (empty: all)')}
      <fieldset>
        <legend>When</legend>
        <label class="check"><input type="radio" name="freeze-when" checked={!form.weekly} onChange={() => set({ weekly: false })} /> once</label>
        <label class="check"><input type="radio" name="freeze-when" checked={form.weekly} onChange={() => set({ weekly: true })} /> every week</label>
      </fieldset>
      {!form.weekly && <>{moment('from', 'From')}{moment('to', 'To')}</>}
      {form.weekly && (
        <>
          <fieldset><legend>Days</legend>{DAYS.map((day) => <label key={day} class="check"><input type="checkbox" checked={form.days.includes(day)} onChange={(e) => set({ days: e.currentTarget.checked ? [...form.days, day] : form.days.filter((d) => d !== day) })} /> {day}</label>)}</fieldset>
          {field('start', 'First minute, like 16:00')}{field('end', 'First minute after it, up to 24:00')}{field('zone', 'Time zone, like Europe/Berlin (empty: UTC)')}
        </>
      )}
    </Panel>
  );
}
