import { useEffect, useState } from 'preact/hooks';
import { type Schemas, get } from '../api/client';
import { plural } from '../words';
import { Panel } from './panel';
import { Again, persist } from './persist';

type Answer = Schemas['FleetRollbackAnswer'];

/** Those whose stable side has nothing that serves. Nobody waits for it: what is not known stops no rollback. */
function Unfit() {
  const [found, set] = useState<Schemas['FleetRollbackFindings'] | null>(null);
  useEffect(() => { get('/api/v1/rollback').then(set).catch(() => undefined); }, []);
  if (!found) return null;
  return (
    <>
      <p>{plural(found.moves, 'application')} would move.</p>
      {found.unfit.length > 0 && <><h3>{plural(found.unfit.length, 'application')} without a healthy stable side</h3><ul class="plain">{found.unfit.map((each) => <li key={each.app}><strong>{each.app}</strong>: {each.why}</li>)}</ul></>}
      {found.warnings.map((warning) => <p key={warning} class="hint">{warning}</p>)}
    </>
  );
}

/** Everything back to its stable colour: whoever does it types how many applications that are. */
export function RollBackAll({ count }: { count: number }) {
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState('');
  const [trying, setTrying] = useState<string | null>(null);
  const submit = async (reason: string) => {
    const answer = await persist<Answer>('/api/v1/rollback', { query: { wait: '10s' }, body: { to: 'stable', reason } }, setTrying).finally(() => setTrying(null));
    return (
      <>
        <p>{answer.modifyIndex ? `Recorded (${answer.modifyIndex}) for ${plural(answer.applications, 'application')}.` : 'The store is away: sent straight to the agents.'}</p>
        {answer.nodes?.map((node) => <p key={node.node}>{node.node}: observed {node.observed}{node.notObserved ? `, not observed ${node.notObserved}` : ''}{node.problem ? `: ${node.problem}` : ''}</p>)}
      </>
    );
  };
  return (
    <>
      <button type="button" onClick={() => setOpen(true)}>Roll back all…</button>
      {open && (
        <Panel title={`Roll back all ${plural(count, 'application')}?`} verb={`Roll back ${count}`} danger reason="required" ready={typed.trim() === String(count)} send={submit} close={() => { setOpen(false); setTyped(''); }}>
          <p>Every application's traffic goes to its stable colour and is locked there. Each one must be unlocked afterwards.</p>
          <Unfit />
          <div class="field"><label for="count">Type {count} to go on</label><input id="count" inputMode="numeric" autocomplete="off" value={typed} onInput={(e) => setTyped(e.currentTarget.value)} /></div>
          {trying && <Again why={trying} path="/api/v1/rollback" />}
        </Panel>
      )}
    </>
  );
}
