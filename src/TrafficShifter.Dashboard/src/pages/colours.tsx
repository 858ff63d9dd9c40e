import { useState } from 'preact/hooks';
import { Evacuate } from '../acts/evacuate';
import { Panel } from '../acts/panel';
import { Restore } from '../acts/restore';
import { type Schemas, send } from '../api/client';
import { isAway, readColours } from '../parts/away';
import { Glyph, Side } from '../parts/glyph';
import { Failure } from '../parts/notice';
import { Ago } from '../parts/time';
import { blockedOf, canOf } from '../state/can';
import { ofColours } from '../state/campaigns';
import { isStale, useLive } from '../state/live';
import { NONE, number, plural } from '../words';
import { Frame, Heading } from './frame';

type Colour = Schemas['ColourAnswer'];

function Acts({ of, done }: { of: Colour; done: () => void }) {
  const [open, setOpen] = useState<'evacuate' | 'bring-back' | null>(null);
  const [can, blocked, away] = [canOf(of), blockedOf(of), isAway(of)];
  const acts = ([['bring-back', 'Restore…', away || !('bring-back' in blocked)], ['evacuate', away ? 'Evacuate again…' : 'Evacuate…', of.phase !== 'restoring']] as const).filter(([verb, , placed]) => placed && can.includes(verb));
  const close = (): void => { setOpen(null); done(); };
  return (
    <div class="acts">
      {acts.map(([verb, label]) => {
        const why = blocked[verb] ?? (isStale() ? 'what is shown is too old to act on' : null);
        return <span key={verb} class="act"><button type="button" disabled={why !== null} title={why ?? ''} data-act={`${verb}-${of.colour}`} aria-label={`${label.replace('…', '')} ${of.colour}…`} onClick={() => setOpen(verb)}>{label}</button>{why && <span class="why">{why}</span>}</span>;
      })}
      {open === 'evacuate' && <Evacuate colour={of.colour} close={close} />}
      {open === 'bring-back' && <Restore colour={of.colour} sentence={of.sentence} close={close} />}
    </div>
  );
}

/** An application that waits until somebody says that it may leave. */
function Waiting({ colour, of, done }: { colour: string; of: Colour['waiting']; done: () => void }) {
  const [open, setOpen] = useState<string | null>(null);
  if (!of || of.length === 0) return null;
  return (
    <>
      <h3>Wait before they leave</h3>
      <ul class="plain">{of.map((each) => <li key={each.app}><a href={`/apps/${each.app}`}>{each.app}</a>: {each.why} {canOf(each).includes('approve') && <button type="button" class="small" disabled={isStale()} data-act="approve" aria-label={`Approve ${each.app}…`} onClick={() => setOpen(each.app)}>Approve…</button>}</li>)}</ul>
      {open && (
        <Panel title={`Let ${open} leave ${colour}?`} verb="Approve" reason="required" close={() => { setOpen(null); done(); }}
          send={async (reason) => { await send('POST', '/api/v1/colours/{colour}/apps/{app}/approve', { params: { colour, app: open }, body: { reason } }); }}>
          <p>What must be done before its traffic leaves is done. It leaves with the next turn.</p>
        </Panel>
      )}
    </>
  );
}

function Apps({ title, of }: { title: string; of: Colour['left'] }) {
  if (!of || of.length === 0) return null;
  return <><h3>{title}</h3><ul class="plain">{of.map((each) => <li key={each.app}><a href={`/apps/${each.app}`}>{each.app}</a>: {each.why}</li>)}</ul></>;
}

function Nodes({ of }: { of: Colour }) {
  if (!of.nodes || of.nodes.length === 0) return null;
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={`Who is still on ${of.colour}`}>
      <table class="cards">
        <thead><tr><th scope="col">Node</th><th scope="col">Who is there</th><th scope="col">Sessions</th><th scope="col">Requests since</th><th scope="col">Quiet for</th></tr></thead>
        <tbody>
          {of.nodes.map((node) => (
            <tr key={node.node}>
              <th scope="row">{node.node}</th>
              <td data-label="Who is there">{node.isEmpty && <Glyph name="passed" />} {node.sentence}</td>
              <td data-label="Sessions">{number(node.sessions)}</td><td data-label="Requests since">{number(node.requests)}</td>
              <td data-label="Quiet for">{node.quietSince ? <Ago at={node.quietSince} /> : NONE}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function OneSide({ of, done }: { of: Colour; done: () => void }) {
  const { counts, evacuation } = of;
  const away = isAway(of);
  return (
    <section aria-labelledby={`side-${of.colour}`}>
      <h2 id={`side-${of.colour}`}><Side colour={of.colour} /></h2>
      <p class="sentence" role="status">{of.sentence}</p>
      {away && <p>{plural(counts.evacuated, 'application')} away{counts.leaving > 0 && `, ${number(counts.leaving)} not observed at their end`}{counts.returning > 0 && `, ${number(counts.returning)} on the way back`}{of.quietSince && <>; nobody seen there for <Ago at={of.quietSince} /></>}.</p>}
      {away && evacuation && <p class="hint">evacuated by {evacuation.by}, <Ago at={evacuation.at} /> ago{evacuation.reason && <> · “{evacuation.reason}”</>}</p>}
      <Acts of={of} done={done} />
      <Apps title={`Keep their traffic on ${of.colour}`} of={of.left} />
      <Waiting colour={of.colour} of={of.waiting} done={done} />
      <Apps title="Could not be brought back" of={of.notRestored} />
      {of.rollouts && of.rollouts.length > 0 && <><h3>On the way back</h3><ul class="plain">{of.rollouts.map((id) => <li key={id}><a href={`/rollouts/${id}`}>{id}</a></li>)}</ul></>}
      {away && <Nodes of={of} />}
    </section>
  );
}

/** How does each side stand, is it empty, and how does it come back? */
export function Colours() {
  const live = useLive('colours', readColours, 3000, ofColours);
  return (
    <Frame title="Colours">
      <Heading>Colours</Heading>
      <Failure error={live.error} />
      {!live.value && !live.error && <p>Reading…</p>}
      <div class="sides">{live.value?.map((colour) => <OneSide key={colour.colour} of={colour} done={live.again} />)}</div>
    </Frame>
  );
}
