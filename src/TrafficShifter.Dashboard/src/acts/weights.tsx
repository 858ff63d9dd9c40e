import { useEffect, useState } from 'preact/hooks';
import { ApiError, type Schemas, describe, get, send } from '../api/client';
import { Split } from '../parts/split';
import { Ago } from '../parts/time';
import { share } from '../words';
import { Panel } from './panel';

type Answer = Schemas['WeightsAnswer'];
const PATH = '/api/v1/apps/{app}/weights';
/** Whoever moves the slider is not asked about each point on the way. */
const SETTLED = 250;

const bodyOf = (green: number, reason?: string): object => ({ blue: Math.round((100 - green) * 100), green: Math.round(green * 100), ...(reason ? { reason } : {}) });

/** Sets weights by hand: what can be achieved is asked before it is sent, and who was first is told when somebody else was. */
export function SetWeights({ app, green, close }: { app: string; green: number; close: () => void }) {
  const [wanted, set] = useState(green);
  const [dry, setDry] = useState<Answer | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [match, setMatch] = useState<number | null>(null);
  const [read, setRead] = useState(false);
  const [other, setOther] = useState<Answer | null>(null);
  // What is there when the panel opens is what is changed: whoever was first after that is told of.
  useEffect(() => {
    get('/api/v1/apps/{app}/weights', { params: { app } })
      .then((now) => { setMatch(now.modifyIndex ?? null); setRead(true); })
      .catch((failed: unknown) => (failed instanceof ApiError && failed.problem.status === 404 ? setRead(true) : setProblem(describe(failed))));
  }, [app]);
  useEffect(() => {
    setDry(null);
    let ended = false;
    const timer = setTimeout(() => {
      send('PUT', PATH, { params: { app }, query: { dryRun: 'true' }, body: bodyOf(wanted) })
        .then((reply) => { if (!ended) { setDry(reply.body as Answer); setProblem(null); } })
        .catch((failed: unknown) => { if (!ended) setProblem(describe(failed)); });
    }, SETTLED);
    return () => { ended = true; clearTimeout(timer); };
  }, [wanted]);
  const put = (value: string): void => {
    const number = Number.parseFloat(value);
    if (Number.isFinite(number)) set(Math.min(100, Math.max(0, Math.round(number * 100) / 100)));
  };
  const submit = async (reason: string): Promise<void> => {
    try {
      await send('PUT', PATH, { params: { app }, body: bodyOf(wanted, reason), headers: match === null ? {} : { 'If-Match': `"${match}"` } });
    } catch (failed) {
      if (!(failed instanceof ApiError) || failed.problem.status !== 412) throw failed;
      // Whoever sends again has seen the other's weights, and means it; a third one's are told of as well.
      const now = await get('/api/v1/apps/{app}/weights', { params: { app } });
      setOther(now);
      setMatch(now.modifyIndex ?? null);
      throw new Error('Nothing was changed by you.');
    }
  };
  return (
    <Panel title={`Set the weights of ${app}`} verb={other ? 'Use mine' : 'Set weights'} cancel={other ? `Keep ${other.by ? `${other.by}'s` : 'theirs'}` : 'Cancel'} reason="optional" ready={problem === null && read} send={submit} close={close}>
      {other && <p class="failure" role="alert">{other.by ?? 'Somebody'} set green to {share(other.share.green)} {other.at && <><Ago at={other.at} /> ago</>}{other.reason ? ` (“${other.reason}”)` : ''}. Yours is {wanted} %.</p>}
      <Split green={`${wanted}%`} />
      <div class="field slider">
        <label for="green-share">Green, %</label>
        <button type="button" aria-label="one point less" onClick={() => put(String(wanted - 1))}>−</button>
        <input id="green-share" type="number" min="0" max="100" step="0.01" value={wanted} onInput={(e) => put(e.currentTarget.value)} />
        <button type="button" aria-label="one point more" onClick={() => put(String(wanted + 1))}>+</button>
        <input type="range" aria-label="Green, %" min="0" max="100" step="1" value={wanted} onInput={(e) => put(e.currentTarget.value)} />
      </div>
      {problem && <p class="failure" role="alert">{problem}</p>}
      {dry?.achievable?.map((node) => <p key={node.node}>{node.node}: {node.problem ?? `green ${share(node.green)}`}</p>)}
      {dry?.warnings?.map((warning) => <p class="hint" key={warning}>{warning}</p>)}
    </Panel>
  );
}
