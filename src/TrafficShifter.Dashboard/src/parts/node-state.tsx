import type { Schemas } from '../api/client';
import { NONE } from '../words';
import { Glyph } from './glyph';

type Node = Schemas['NodeAnswer'];

export function NodeState({ node }: { node: Node }) {
  if (!node.live) return <><Glyph name="failed" kind="bad" /> unknown</>;
  if (node.problem) return <><Glyph name="error" kind="bad" /> failing</>;
  if (node.notAsWanted > 0) return <><Glyph name="drift" kind="bad" /> drift</>;
  if (node.lagging) return <><Glyph name="moving" /> changing</>;
  return <><Glyph name="passed" /> in step</>;
}

export const versionOf = ({ liveness }: Node): string => (liveness?.version ? `${liveness.version}, process ${liveness.haproxyPid ?? NONE}` : NONE);

export const driftOf = ({ liveness }: Node): string => (liveness?.lastDrift ? `${liveness.driftRepaired ?? 0} times put right, last: ${liveness.lastDrift}` : NONE);
