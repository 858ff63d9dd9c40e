import { type Schemas, get } from '../api/client';
import { ofColours } from '../state/campaigns';
import { useLive } from '../state/live';
import { Notice } from './notice';

type Colour = Schemas['ColourAnswer'];

export const readColours = () => get('/api/v1/colours');

/** Traffic is away from the colour, or on its way from or to it. */
export const isAway = (colour: Colour): boolean => colour.phase != null && colour.phase !== 'restored';

const POLL = 10_000;

/** A standing banner for as long as a side is not to be counted on. */
export function AwayBanner() {
  const live = useLive('colours', readColours, POLL, ofColours);
  return <>{live.value?.filter(isAway).map((colour) => <Notice key={colour.colour} kind="waits" glyph="locked">{colour.sentence}. <a href="/colours">Colours</a></Notice>)}</>;
}
