import { useEffect, useState } from 'preact/hooks';
import { get, send } from '../api/client';
import { Panel } from './panel';

/** Canaries at one time, where nobody says otherwise: the API's own default. */
const USUAL = '10';

/** Brings each application back to what it had before its side was evacuated. */
export function Restore({ colour, sentence, close }: { colour: string; sentence: string; close: () => void }) {
  const [plans, setPlans] = useState<readonly string[]>([]);
  const [form, setForm] = useState({ plan: '', parallelism: USUAL });
  useEffect(() => {
    get('/api/v1/plans').then((all) => setPlans(all.map((p) => p.name ?? '').filter(Boolean))).catch(() => undefined);
  }, []);
  const parallelism = Number.parseInt(form.parallelism, 10);
  return (
    <Panel title={`Restore ${colour}?`} verb={`Restore ${colour}`} reason="required" ready={parallelism > 0} close={close}
      send={async (reason) => { await send('POST', '/api/v1/colours/{colour}/restore', { params: { colour }, body: { reason, parallelism, ...(form.plan ? { plan: form.plan } : {}) } }); }}>
      <p>Each application goes back to what it had, by canary. One that fails its checks stays where it is, and is named.</p>
      <p class="evidence">{sentence}</p>
      <div class="field"><label for="restore-plan">Plan</label><select id="restore-plan" value={form.plan} onChange={(e) => setForm({ ...form, plan: e.currentTarget.value })}><option value="">each application's own</option>{plans.map((name) => <option key={name}>{name}</option>)}</select></div>
      <div class="field"><label for="canaries">Canaries at one time</label><input id="canaries" inputMode="numeric" autocomplete="off" value={form.parallelism} onInput={(e) => setForm({ ...form, parallelism: e.currentTarget.value })} /></div>
    </Panel>
  );
}
