import { useState } from 'preact/hooks';
import { Panel } from '../acts/panel';
import { type Schemas, get, send } from '../api/client';
import { NodeState, driftOf, versionOf } from '../parts/node-state';
import { Failure } from '../parts/notice';
import { Ago } from '../parts/time';
import { isStale, useLive } from '../state/live';
import { go } from '../state/router';
import { may } from '../state/session';
import { NONE, plural, share } from '../words';
import { Frame, Heading } from './frame';
import { NotFound } from './not-found';

/** So many of the applications that differ are asked about one by one. */
const MOST_ASKED = 20;

type Status = Schemas['AppStatus'];

async function load(name: string) {
  const node = (await get('/api/v1/nodes')).find((each) => each.node === name) ?? null;
  const names = node?.liveness?.exceptions ?? [];
  const differs = await Promise.all(names.slice(0, MOST_ASKED).map((app) => get('/api/v1/apps/{app}/status', { params: { app } }).catch(() => null)));
  return { node, names, differs: differs.filter((status): status is Status => status !== null) };
}

function Difference({ status, node }: { status: Status; node: string }) {
  const seen = status.nodes.find((each) => each.node === node);
  return (
    <tr>
      <th scope="row"><a href={`/apps/${status.app}`}>{status.app}</a></th>
      <td data-label="Asked">green {share(status.wanted?.green)}</td>
      <td data-label="Serves">{seen?.observation?.observed ? `green ${share(seen.observation.observed)}` : NONE}</td>
      <td data-label="Why">{seen?.problem ?? seen?.observation?.problem ?? seen?.progress ?? NONE}</td>
    </tr>
  );
}

function Forget({ node }: { node: string }) {
  const [open, setOpen] = useState(false);
  return (
    <div class="acts">
      <button type="button" disabled={isStale()} onClick={() => setOpen(true)}>Forget…</button>
      {open && (
        <Panel title={`Forget ${node}?`} verb="Forget it" reason="optional" close={() => setOpen(false)} send={async (reason) => { await send('DELETE', '/api/v1/nodes/{node}', { params: { node }, query: { reason: reason || undefined } }); go('/nodes'); }}>
          <p>For a node that is gone for good. Nothing waits for it any more; its agent registers it again if it comes back.</p>
        </Panel>
      )}
    </div>
  );
}

/** Does this HAProxy do what was asked, and where does it differ? */
export function NodePage({ name }: { name: string }) {
  const live = useLive(`node ${name}`, () => load(name), 2000);
  const { node, names = [], differs = [] } = live.value ?? {};
  if (node === null) return <NotFound what={`There is no node “${name}”.`} />;
  const evidence = node?.liveness?.evidence;
  const others = (node?.notAsWanted ?? 0) - names.length;
  return (
    <Frame title={name}>
      <div class="app-head"><div class="who"><a href="/nodes">Nodes</a><Heading>{name}</Heading></div></div>
      <Failure error={live.error} />
      {node && (
        <>
          <p class="sentence" role="status"><NodeState node={node} />{node.problem && `: ${node.problem}`}</p>
          <dl class="evidence">
            <dt>HAProxy</dt><dd>{versionOf(node)}</dd>
            <dt>Agent</dt><dd>{node.address ?? NONE}</dd>
            <dt>Exporter</dt><dd>{node.exporter ?? NONE}</dd>
            <dt>Seen</dt><dd><Ago at={node.liveness?.at} /> ago</dd>
            <dt>Changed by others</dt><dd>{driftOf(node)}</dd>
            <dt>Access log</dt><dd>{evidence ? (evidence.problem ?? 'counted') : 'not counted'}</dd>
          </dl>
          <h2>Not as wanted</h2>
          {node.notAsWanted === 0 && <p>{node.live ? 'Every application is as wanted here.' : 'Not known: its agent gives no sign of life.'}</p>}
          {differs.length > 0 && (
            <div class="scroll" tabIndex={0} role="region" aria-label="Not as wanted">
              <table class="cards">
                <thead><tr><th scope="col">Application</th><th scope="col">Asked</th><th scope="col">Serves</th><th scope="col">Why</th></tr></thead>
                <tbody>{differs.map((status) => <Difference key={status.app} status={status} node={name} />)}</tbody>
              </table>
            </div>
          )}
          {names.length > MOST_ASKED && <p class="hint">And {names.slice(MOST_ASKED).join(', ')}.</p>}
          {others > 0 && <p class="hint">And {plural(others, 'application')} that this token may not see.</p>}
          {!node.live && may('nodes') && <Forget node={name} />}
        </>
      )}
    </Frame>
  );
}
