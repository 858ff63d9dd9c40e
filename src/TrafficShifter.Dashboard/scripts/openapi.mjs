// Asks a server that was just built for its OpenAPI document and writes it to openapi.json: `node scripts/openapi.mjs PROGRAM.dll`.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [program] = process.argv.slice(2);
const data = mkdtempSync(join(tmpdir(), 'traffic-shifter-openapi-'));
const server = spawn('dotnet', [program, '--Urls=http://127.0.0.1:0', `--DataDirectory=${data}`], { stdio: ['ignore', 'pipe', 'inherit'] });
try {
  const address = await new Promise((found, failed) => {
    let said = '';
    server.stdout.on('data', (piece) => {
      said += piece;
      const listening = /Now listening on: "?(http:\/\/127\.0\.0\.1:\d+)/.exec(said);
      if (listening) found(listening[1]);
    });
    server.on('exit', (code) => failed(new Error(`the server ended with ${code}:\n${said}`)));
  });
  for (;;) {
    const ready = await fetch(`${address}/readyz`).catch(() => null);
    if (ready?.ok) break;
    await new Promise((after) => setTimeout(after, 50));
  }
  const answer = await fetch(`${address}/openapi/v1.json`, { headers: { authorization: `Bearer ${readFileSync(join(data, 'admin.token'), 'utf8').trim()}` } });
  if (!answer.ok) throw new Error(`/openapi/v1.json: ${answer.status} ${await answer.text()}`);
  // Where it was asked is no part of the contract.
  const { servers: _, ...document } = await answer.json();
  writeFileSync('openapi.json', `${JSON.stringify(document, null, 2)}\n`);
} finally {
  server.removeAllListeners('exit');
  server.kill();
  rmSync(data, { recursive: true, force: true });
}
