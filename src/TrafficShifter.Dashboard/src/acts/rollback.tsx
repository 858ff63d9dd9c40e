import { useEffect, useState } from 'preact/hooks';
import { type Schemas, get } from '../api/client';
import { Glyph } from '../parts/glyph';
import { plural } from '../words';
import { Panel } from './panel';
import { Again, pause, persist } from './persist';

const OBSERVED_WITHIN = 30_000;

type Status = Schemas['AppStatus'];

interface Props {
  readonly app: string;
  /** Null: not known, and not needed. */
  readonly stable: string | null;
  readonly there?: boolean;
  readonly nodes?: number;
  readonly done?: () => void;
}

/** What became of it, node by node: never more than what was read back. */
function Progress({ app, answer, since }: { app: string; answer: Schemas['RollbackAnswer']; since: number }) {
  const [status, set] = useState<Status | null>(null);
  const [took, setTook] = useState<number | null>(null);
  useEffect(() => {
    let ended = false;
    void (async () => {
      for (const until = Date.now() + OBSERVED_WITHIN; !ended && Date.now() < until; await pause(150)) {
        const seen = await get('/api/v1/apps/{app}/status', { params: { app } }).catch(() => null);
        if (ended || !seen) continue;
        set(seen);
        if (seen.observed && seen.lock) {
          setTook(performance.now() - since);
          return;
        }
      }
    })();
    return () => { ended = true; };
  }, []);
  const serving = status?.nodes.filter((n) => n.progress !== 'notServing') ?? [];
  const observed = serving.filter((n) => n.progress === 'observed').length;
  return (
    <>
      <p>{answer.modifyIndex ? `Recorded (${answer.modifyIndex}).` : 'The store is away: sent straight to the agents.'}</p>
      {answer.rescue?.map((node) => <p key={node.node}>{node.node}: {node.problem ?? (node.reached ? 'reached' : 'not reached')}</p>)}
      {took !== null
        ? <p class="observed">Observed on {plural(serving.length, 'node')} after {(took / 1000).toFixed(1)} s. The lock stays until somebody unlocks it.</p>
        : <p>Observed on {observed} of {plural(serving.length, 'node')}…</p>}
      {took === null && serving.filter((n) => n.progress !== 'observed').map((n) => <p key={n.node}>{n.node}: {n.problem ?? n.progress}</p>)}
    </>
  );
}

/** Always at the same place, in two interactions, whatever else is broken or stale: it needs the application's name and nothing more. */
export function RollBack({ app, stable, there, nodes, done }: Props) {
  const [open, setOpen] = useState(false);
  const [sever, setSever] = useState(false);
  const [trying, setTrying] = useState<string | null>(null);
  const [answer, setAnswer] = useState<{ body: Schemas['RollbackAnswer']; since: number } | null>(null);
  useEffect(() => {
    const show = (): void => setOpen(true);
    addEventListener('shifter:rollback', show);
    return () => removeEventListener('shifter:rollback', show);
  }, []);
  const label = stable === null ? 'Roll back' : there ? `Lock to ${stable}` : `Roll back to ${stable}`;
  const close = (): void => {
    setOpen(false);
    setAnswer(null);
    done?.();
  };
  return (
    <>
      <button type="button" class="rollback" onClick={() => setOpen(true)}><Glyph name="rolledBack" /> {label}</button>
      {open && (
        <Panel
          title={answer ? `Rolling back ${app}` : `${there ? 'Lock' : 'Roll back'} ${app}?`} verb={there ? 'Lock now' : 'Roll back now'} danger suggested="emergency rollback" reason={answer ? 'none' : 'optional'}
          chips={['errors', 'latency', 'wrong version', 'drill']} close={close}
          send={async (reason) => {
            const since = performance.now();
            const body = await persist<Schemas['RollbackAnswer']>('/api/v1/apps/{app}/rollback', { params: { app }, body: { reason, sever } }, setTrying);
            setTrying(null);
            setAnswer({ body, since });
            return <Progress app={app} answer={body} since={since} />;
          }}
        >
          <p>All traffic goes to {stable ? <strong>{stable}</strong> : 'the stable colour'}{nodes ? ` on ${plural(nodes, 'node')}` : ''}, and is locked there.</p>
          <label class="check"><input type="checkbox" checked={sever} onChange={(e) => setSever(e.currentTarget.checked)} /> also cut open connections</label>
          {trying && <Again why={trying} path={`/api/v1/apps/${app}/rollback`} />}
        </Panel>
      )}
    </>
  );
}
