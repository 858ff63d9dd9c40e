import { describe, expect, it } from 'vitest';
import css from '../src/style/tokens.css?raw';

type Rgb = readonly [number, number, number];

const themes = { light: read(/:root \{([^}]*)\}/), dark: read(/:root\[data-theme='dark'\] \{([^}]*)\}/) };

function read(block: RegExp): Record<string, Rgb> {
  const tokens: Record<string, Rgb> = {};
  for (const [, name, hex] of (block.exec(css)?.[1] ?? '').matchAll(/--(\w+): #([0-9a-f]{6})/g)) tokens[name!] = [0, 2, 4].map((i) => Number.parseInt(hex!.slice(i, i + 2), 16) / 255) as unknown as Rgb;
  return tokens;
}

const linear = (c: number): number => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
const luminance = (c: Rgb): number => 0.2126 * linear(c[0]) + 0.7152 * linear(c[1]) + 0.0722 * linear(c[2]);

function contrast(a: Rgb, b: Rgb): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/** How eyes see it that lack one kind of cones: Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB. */
const eyes: Readonly<Record<string, readonly (readonly number[])[]>> = {
  all: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protan: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deutan: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritan: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};

/** CIE L*a*b*, D65. */
function lab(c: Rgb, eye: readonly (readonly number[])[]): Rgb {
  const seen = eye.map((row) => Math.min(1, Math.max(0, row.reduce((sum, k, i) => sum + k * linear(c[i]!), 0)))) as unknown as Rgb;
  const xyz = [[0.4124, 0.3576, 0.1805, 0.95047], [0.2126, 0.7152, 0.0722, 1], [0.0193, 0.1192, 0.9505, 1.08883]].map(([r, g, b, white]) => (r! * seen[0] + g! * seen[1] + b! * seen[2]) / white!);
  const [x, y, z] = xyz.map((t) => (t > 216 / 24389 ? Math.cbrt(t) : (24389 / 27 * t + 16) / 116)) as [number, number, number];
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

const distance = (a: Rgb, b: Rgb, eye: readonly (readonly number[])[]): number => Math.hypot(...lab(a, eye).map((v, i) => v - lab(b, eye)[i]!));

describe.each(Object.entries(themes))('%s', (_, t) => {
  it.each(['ink', 'muted', 'bad', 'waits', 'person'])('text in %s is read on page and panel', (name) => {
    expect(contrast(t[name]!, t['page']!)).toBeGreaterThanOrEqual(4.5);
    expect(contrast(t[name]!, t['panel']!)).toBeGreaterThanOrEqual(4.5);
  });
  it.each(['blue', 'green', 'border'])('%s is seen on page and panel', (name) => {
    expect(contrast(t[name]!, t['page']!)).toBeGreaterThanOrEqual(3);
    expect(contrast(t[name]!, t['panel']!)).toBeGreaterThanOrEqual(3);
  });
  it.each(Object.entries(eyes))('the sides are told apart by %s eyes', (_name, eye) => {
    expect(distance(t['blue']!, t['green']!, eye)).toBeGreaterThanOrEqual(20);
  });
  it('the sides differ in lightness, so also without any colour', () => {
    expect(contrast(t['blue']!, t['green']!)).toBeGreaterThanOrEqual(2);
  });
});

it('both ways to the dark theme give the same colours', () => {
  expect(read(/:root:not\(\[data-theme='light'\]\) \{([^}]*)\}/)).toEqual(themes.dark);
});
