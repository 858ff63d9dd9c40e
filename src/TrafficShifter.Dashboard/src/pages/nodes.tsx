import { get } from '../api/client';
import { Glyph } from '../parts/glyph';
import { Failure } from '../parts/notice';
import { Ago } from '../parts/time';
import { useLive } from '../state/live';
import { NONE } from '../words';
import { Frame, Heading } from './frame';

type Node = Awaited<ReturnType<typeof load>>[number];
const load = () => get('/api/v1/nodes');

function State({ node }: { node: Node }) {
  if (!node.live) return <><Glyph name="failed" kind="bad" /> unknown</>;
  if (node.problem) return <><Glyph name="error" kind="bad" /> failing</>;
  if (node.notAsWanted > 0) return <><Glyph name="drift" kind="bad" /> drift</>;
  if (node.lagging) return <><Glyph name="moving" /> changing</>;
  return <><Glyph name="passed" /> in step</>;
}

/** By name where this person may see them, else by number. */
function NotAsWanted({ node }: { node: Node }) {
  const names = node.liveness?.exceptions ?? [];
  const others = node.notAsWanted - names.length;
  if (node.notAsWanted === 0) return <>{NONE}</>;
  return <>{names.map((app) => <a key={app} href={`/apps/${app}`}>{app} </a>)}{others > 0 && `${names.length > 0 ? 'and ' : ''}${others} ${names.length > 0 ? 'more' : 'of others'}`}</>;
}

/** Does every HAProxy do what was asked? */
export function Nodes() {
  const live = useLive('nodes', load, 2000);
  return (
    <Frame title="Nodes">
      <Heading>Nodes</Heading>
      <Failure error={live.error} />
      {live.value?.length === 0 && <p>No node has registered yet. An agent beside each HAProxy does, by itself.</p>}
      {live.value && live.value.length > 0 && (
        <div class="scroll" tabIndex={0} role="region" aria-label="Nodes">
          <table class="cards">
            <thead><tr><th scope="col">Node</th><th scope="col">State</th><th scope="col">HAProxy</th><th scope="col">Not as wanted</th><th scope="col">Changed by others</th><th scope="col">Seen</th></tr></thead>
            <tbody>
              {live.value.map((node) => (
                <tr key={node.node}>
                  <th scope="row">{node.node}</th>
                  <td data-label="State"><State node={node} />{node.problem && <div class="hint">{node.problem}</div>}</td>
                  <td data-label="HAProxy">{node.liveness?.version ? `${node.liveness.version}, process ${node.liveness.haproxyPid ?? NONE}` : NONE}</td>
                  <td data-label="Not as wanted"><NotAsWanted node={node} /></td>
                  <td data-label="Changed by others">{node.liveness?.lastDrift ? `${node.liveness.driftRepaired ?? 0} times put right, last: ${node.liveness.lastDrift}` : NONE}</td>
                  <td data-label="Seen"><Ago at={node.liveness?.at} /></td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Frame>
  );
}
