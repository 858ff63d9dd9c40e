import { useState } from 'preact/hooks';
import { send } from '../api/client';
import { blockedOf, canOf } from '../state/can';
import type { Migration } from '../state/campaigns';
import { isStale } from '../state/live';
import { Panel } from './panel';
import { Schedule } from './schedule';

interface Told {
  readonly label: string;
  readonly title: (name: string) => string;
  readonly effect: string;
  readonly button: string;
  readonly reason: 'required' | 'optional';
  /** The permission that it needs. */
  readonly verb: 'migrate' | 'approve-wave';
}

/** What a person tells a migration, by one word that is the same in the API. */
const TOLD: Readonly<Record<string, Told>> = {
  start: { label: 'Start…', title: (n) => `Start ${n}?`, effect: 'Its applications are held, and move wave by wave.', button: 'Start', reason: 'optional', verb: 'migrate' },
  approve: { label: 'Approve…', title: (n) => `Approve the next wave of ${n}?`, effect: 'The gate opens and the wave begins.', button: 'Approve', reason: 'required', verb: 'approve-wave' },
  reject: { label: 'Reject…', title: (n) => `Reject the next wave of ${n}?`, effect: 'The migration stops at the gate. What has moved stays; after a resume it is asked again.', button: 'Reject', reason: 'required', verb: 'approve-wave' },
  resume: { label: 'Resume', title: (n) => `Resume ${n}?`, effect: 'It goes on. Failures until now are forgiven: the stop rules count anew.', button: 'Resume', reason: 'optional', verb: 'migrate' },
  pause: { label: 'Pause', title: (n) => `Pause ${n}?`, effect: 'No further application begins. What moves goes on to its end.', button: 'Pause', reason: 'optional', verb: 'migrate' },
  abort: { label: 'Abort…', title: (n) => `Abort ${n}?`, effect: 'Nothing new begins, and its applications are let go once nothing moves. It cannot be resumed.', button: 'Abort the migration', reason: 'required', verb: 'migrate' },
};

/** What has its place on a migration as it stands; whether it is offered says the server. */
function placed(migration: Migration): readonly string[] {
  const gate = migration.waves.some((wave) => wave.phase === 'gate') ? ['approve', 'reject'] : [];
  switch (migration.phase) {
    case 'draft': return ['start'];
    case 'starting': case 'running': return [...gate, 'pause', 'abort'];
    case 'paused': case 'stopped': return ['resume', 'abort'];
    default: return [];
  }
}

/** The buttons of what this person may tell a migration. What cannot be now is disabled, with the reason beside it. */
export function MigrationActs({ migration, done }: { migration: Migration; done: () => void }) {
  const [open, setOpen] = useState<string | null>(null);
  const [can, blocked, stale] = [canOf(migration), blockedOf(migration), isStale()];
  const offered = placed(migration).filter((act) => can.includes(TOLD[act]!.verb));
  const close = (): void => { setOpen(null); done(); };
  const told = open ? TOLD[open] : undefined;
  return (
    <div class="acts">
      {offered.map((act) => {
        const why = blocked[act] ?? (stale ? 'what is shown is too old to act on' : null);
        return <span key={act} class="act"><button type="button" disabled={why !== null} title={why ?? ''} data-act={act} onClick={() => setOpen(act)}>{TOLD[act]!.label}</button>{why && <span class="why">{why}</span>}</span>;
      })}
      {open === 'start' && <Schedule name={migration.name} close={close} />}
      {open === 'abort' && <Abort migration={migration} close={close} />}
      {open && told && open !== 'start' && open !== 'abort' && (
        <Panel title={told.title(migration.name)} verb={told.button} reason={told.reason} close={close}
          send={async (reason) => { await send('POST', `/api/v1/migrations/{name}/${open}`, { params: { name: migration.name }, body: { reason } }); }}>
          <p>{told.effect}</p>
          <p class="evidence">{migration.heldBy}</p>
        </Panel>
      )}
    </div>
  );
}

/** Whoever aborts types its name, and says what becomes of what moves. */
function Abort({ migration, close }: { migration: Migration; close: () => void }) {
  const told = TOLD['abort']!;
  const [typed, setTyped] = useState('');
  const [rollouts, setRollouts] = useState('finish');
  const { moving } = migration.counts;
  return (
    <Panel title={told.title(migration.name)} verb={told.button} danger reason="required" ready={typed.trim() === migration.name} close={close}
      send={async (reason) => { await send('POST', '/api/v1/migrations/{name}/abort', { params: { name: migration.name }, body: { reason, rollouts } }); }}>
      <p>{told.effect}</p>
      {moving > 0 && (
        <fieldset>
          <legend>What becomes of the {moving} that move{moving === 1 ? 's' : ''}?</legend>
          <label class="check"><input type="radio" name="rollouts" checked={rollouts === 'finish'} onChange={() => setRollouts('finish')} /> it goes on to its end</label>
          <label class="check"><input type="radio" name="rollouts" checked={rollouts === 'abort'} onChange={() => setRollouts('abort')} /> all its traffic goes back</label>
        </fieldset>
      )}
      <div class="field"><label for="typed-name">Type {migration.name} to go on</label><input id="typed-name" autocomplete="off" spellcheck={false} value={typed} onInput={(e) => setTyped(e.currentTarget.value)} /></div>
    </Panel>
  );
}
