import { useState } from 'preact/hooks';
import { Panel } from '../acts/panel';
import { type Schemas, get, send } from '../api/client';
import { Failure } from '../parts/notice';
import { Ago } from '../parts/time';
import { now, useLive } from '../state/live';
import { NONE, moment } from '../words';
import { Frame, Heading } from './frame';

type Token = Schemas['TokenAnswer'];
const DAY = 86_400_000;

const listOf = (text: string): string[] | undefined => {
  const list = text.split(/[\s,]+/).filter(Boolean);
  return list.length > 0 ? list : undefined;
};

function Made({ token }: { token: Token }) {
  return (
    <>
      <p>The secret of {token.name}. It is shown here and never again:</p>
      <p><input class="secret" readOnly value={token.secret ?? ''} aria-label="Secret" onFocus={(e) => e.currentTarget.select()} /> <button type="button" onClick={() => void navigator.clipboard?.writeText(token.secret ?? '')}>Copy</button></p>
    </>
  );
}

function Create({ close }: { close: () => void }) {
  const [form, setForm] = useState({ name: '', role: 'operator', apps: '', owners: '', verbs: '', days: '90' });
  const [made, setMade] = useState<Token | null>(null);
  const field = (name: keyof typeof form, label: string, hint = '') => (
    <div class="field"><label for={`token-${name}`}>{label}</label><input id={`token-${name}`} value={form[name]} autocomplete="off" onInput={(e) => setForm({ ...form, [name]: e.currentTarget.value })} />{hint && <span class="hint">{hint}</span>}</div>
  );
  const submit = async (reason: string) => {
    const days = Number.parseInt(form.days, 10);
    const body = { name: form.name, role: form.role, apps: listOf(form.apps), owners: listOf(form.owners), verbs: listOf(form.verbs), ...(days > 0 ? { expiresIn: `${days * 24}h` } : {}), ...(reason ? { reason } : {}) };
    const token = (await send('POST', '/api/v1/tokens', { body })).body as Token;
    setMade(token);
    return <Made token={token} />;
  };
  return (
    <Panel title={made ? 'Store it now' : 'New token'} verb="Make the token" ready={form.name !== ''} reason={made ? 'none' : 'optional'} send={submit} close={close}>
      {field('name', 'Name', 'as the history will show it: a-z, 0-9, - . _')}
      <div class="field"><label for="token-role">Role</label><select id="token-role" value={form.role} onChange={(e) => setForm({ ...form, role: e.currentTarget.value })}><option>viewer</option><option>operator</option><option>admin</option></select></div>
      {field('apps', 'Applications', 'names, * for any characters; empty: all')}
      {field('owners', 'Owners', 'empty: whoever they are')}
      {field('verbs', 'Verbs', 'empty: all of the role')}
      {field('days', 'Days until it expires', 'empty: never')}
    </Panel>
  );
}

function Expiry({ token }: { token: Token }) {
  if (!token.expiresAt) return <>never</>;
  const left = Date.parse(token.expiresAt) - now.value;
  return <span class={left < 14 * DAY ? 'waits' : ''}>{left < 0 ? 'expired ' : ''}{moment(token.expiresAt)}{left > 0 && left < 14 * DAY ? ', soon' : ''}</span>;
}

/** Which keys are there, which are unused or about to expire? */
export function Tokens() {
  const live = useLive('tokens', () => get('/api/v1/tokens'), 30_000);
  const [making, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<Token | null>(null);
  const unused = (token: Token): boolean => now.value - Date.parse(token.lastUsed ?? token.createdAt) > 90 * DAY;
  return (
    <Frame title="Tokens">
      <Heading>Tokens</Heading>
      <Failure error={live.error} />
      {live.value && <p><button type="button" class="primary" onClick={() => setMaking(true)}>New token…</button></p>}
      {live.value && (
        <div class="scroll" tabIndex={0} role="region" aria-label="Tokens">
          <table class="cards">
            <thead><tr><th scope="col">Name</th><th scope="col">Role</th><th scope="col">Limited to</th><th scope="col">Made by</th><th scope="col">Last used</th><th scope="col">Expires</th><th scope="col">Revoke</th></tr></thead>
            <tbody>
              {live.value.map((token) => (
                <tr key={token.id}>
                  <th scope="row">{token.name}</th>
                  <td data-label="Role">{token.role}</td>
                  <td data-label="Limited to">{[...(token.apps ?? []), ...(token.owners ?? []).map((o) => `owner ${o}`), ...(token.verbs ?? [])].join(', ') || 'nothing'}</td>
                  <td data-label="Made by">{token.createdBy ?? NONE}</td>
                  <td data-label="Last used">{token.lastUsed ? <><Ago at={token.lastUsed} /> ago</> : 'not yet'}{unused(token) && <span class="waits"> unused for 90 days</span>}</td>
                  <td data-label="Expires"><Expiry token={token} /></td>
                  <td data-label="Revoke"><button type="button" onClick={() => setRevoking(token)} aria-label={`Revoke ${token.name}`}>Revoke…</button></td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {making && <Create close={() => { setMaking(false); live.again(); }} />}
      {revoking && (
        <Panel title={`Revoke ${revoking.name}?`} verb="Revoke" danger reason="optional" close={() => { setRevoking(null); live.again(); }}
          send={async (reason) => { await send('DELETE', '/api/v1/tokens/{token}', { params: { token: revoking.id }, ...(reason ? { body: { reason } } : {}) }); }}>
          <p>Whoever uses it is refused from now on, and its sessions end.</p>
        </Panel>
      )}
    </Frame>
  );
}
