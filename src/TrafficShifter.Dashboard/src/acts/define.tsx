import { useState } from 'preact/hooks';
import { send } from '../api/client';
import { Panel } from './panel';

/** A definition, changed as the document that it is. What cannot be is refused by the server, with its place. */
export function Define({ app, document, etag, close }: { app: string; document: string; etag: string; close: () => void }) {
  const [text, setText] = useState(document);
  return (
    <Panel title={`Change the definition of ${app}?`} verb="Write it" reason="optional" ready={text !== document} close={close}
      send={async (reason) => { await send('PUT', '/api/v1/apps/{app}', { params: { app }, query: { reason: reason || undefined }, body: JSON.parse(text), headers: { 'If-Match': etag } }); }}>
      <p>Traffic stays as it is. If somebody changed it meanwhile, nothing is written.</p>
      <div class="field"><label for="definition">The document (JSON)</label><textarea id="definition" rows={16} spellcheck={false} value={text} onInput={(e) => setText(e.currentTarget.value)} /></div>
    </Panel>
  );
}
