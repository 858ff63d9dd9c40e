import { useEffect, useState } from 'preact/hooks';
import { type Schemas, describe, send } from '../api/client';
import { plural } from '../words';
import { Panel } from './panel';

type Dry = Schemas['EvacuationDryRun'];
const PATH = '/api/v1/colours/{colour}/evacuate';
/** So many are named of those that leave; of those that are left every one is. */
const NAMED = 20;

const some = (apps: readonly string[]): string => apps.slice(0, NAMED).join(', ') + (apps.length > NAMED ? ` and ${apps.length - NAMED} more` : '');

function Sentences({ title, of }: { title: string; of: Dry['waiting'] }) {
  if (!of || of.length === 0) return null;
  return <><h3>{title}</h3><ul class="plain">{of.map((each) => <li key={each.app}><strong>{each.app}</strong>: {each.why}</li>)}</ul></>;
}

/** Takes every application's traffic off a colour. Whoever does it has seen who is left there and why, and types the colour. */
export function Evacuate({ colour, close }: { colour: string; close: () => void }) {
  const [dry, setDry] = useState<Dry | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [typed, setTyped] = useState('');
  const [form, setForm] = useState({ force: false, sever: false, parallelism: '' });
  const parallelism = Number.parseInt(form.parallelism, 10);
  const body = { force: form.force, sever: form.sever, ...(parallelism > 0 ? { parallelism } : {}) };
  useEffect(() => {
    let ended = false;
    setDry(null);
    setProblem(null);
    send('POST', PATH, { params: { colour }, query: { dryRun: 'true' }, body })
      .then((reply) => { if (!ended) setDry(reply.body as Dry); })
      .catch((failed: unknown) => { if (!ended) setProblem(describe(failed)); });
    return () => { ended = true; };
  }, [colour, form.force, form.sever, form.parallelism]);
  const leaves = dry ? dry.moves.length + (dry.waiting?.length ?? 0) : 0;
  return (
    <Panel title={`Evacuate ${colour}?`} verb={`Evacuate ${colour}`} danger reason="required" ready={leaves > 0 && typed.trim() === colour} close={close}
      send={async (reason) => { await send('POST', PATH, { params: { colour }, body: { ...body, reason } }); }}>
      <p>All traffic leaves {colour}. What each application had is remembered, and none can go there until {colour} is restored.</p>
      <label class="check"><input type="checkbox" checked={form.force} onChange={(e) => setForm({ ...form, force: e.currentTarget.checked })} /> also those whose other side has no usable server, and those that run a rollout, which then ends</label>
      <label class="check"><input type="checkbox" checked={form.sever} onChange={(e) => setForm({ ...form, sever: e.currentTarget.checked })} /> cut open connections once the traffic has left</label>
      <div class="field"><label for="at-once">Applications that leave together (empty: all at once)</label><input id="at-once" inputMode="numeric" autocomplete="off" value={form.parallelism} onInput={(e) => setForm({ ...form, parallelism: e.currentTarget.value })} /></div>
      {problem && <p class="failure" role="alert">{problem}</p>}
      {!dry && !problem && <p>Asking what would leave…</p>}
      {dry && (
        <div class="dry" role="status">
          <p><strong>{plural(dry.moves.length, 'application')} would leave</strong>{dry.moves.length > 0 && `: ${some(dry.moves)}`}{dry.done.length > 0 && `. ${plural(dry.done.length, 'has', 'have')} left already`}.</p>
          <Sentences title={`${plural(dry.left.length, 'application')} would stay on ${colour}`} of={dry.left} />
          <Sentences title={`${plural(dry.waiting?.length ?? 0, 'application')} would leave once something is done`} of={dry.waiting} />
          {dry.warnings?.map((warning) => <p class="hint" key={warning}>{warning}</p>)}
        </div>
      )}
      <div class="field"><label for="typed-colour">Type {colour} to go on</label><input id="typed-colour" autocomplete="off" spellcheck={false} value={typed} onInput={(e) => setTyped(e.currentTarget.value)} /></div>
    </Panel>
  );
}
