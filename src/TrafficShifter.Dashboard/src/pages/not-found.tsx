import { Frame, Heading } from './frame';

export const NotFound = ({ what = 'There is no such page.' }: { what?: string }) => (
  <Frame title="Not found">
    <Heading>Not found</Heading>
    <p>{what} <a href="/">All applications</a></p>
  </Frame>
);
