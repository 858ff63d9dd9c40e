import { get } from '../api/client';
import { NodeState, driftOf, versionOf } from '../parts/node-state';
import { Failure } from '../parts/notice';
import { Ago } from '../parts/time';
import { useLive } from '../state/live';
import { NONE } from '../words';
import { Frame, Heading } from './frame';

type Node = Awaited<ReturnType<typeof load>>[number];
const load = () => get('/api/v1/nodes');

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
                  <th scope="row"><a href={`/nodes/${node.node}`}>{node.node}</a></th>
                  <td data-label="State"><NodeState node={node} />{node.problem && <div class="hint">{node.problem}</div>}</td>
                  <td data-label="HAProxy">{versionOf(node)}</td>
                  <td data-label="Not as wanted"><NotAsWanted node={node} /></td>
                  <td data-label="Changed by others">{driftOf(node)}</td>
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
