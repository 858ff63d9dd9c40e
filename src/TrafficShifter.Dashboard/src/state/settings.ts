import { effect, signal } from '@preact/signals';

export type Theme = 'auto' | 'light' | 'dark';

const read = (name: string): string | null => {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
};

const write = (name: string, value: string): void => {
  try {
    localStorage.setItem(name, value);
  } catch {
    // Where nothing may be kept it holds until the page is closed.
  }
};

const kept = read('theme');
export const theme = signal<Theme>(kept === 'light' || kept === 'dark' ? kept : 'auto');
/** Single keys that go somewhere or open a panel; none changes anything. */
export const keysOn = signal(read('keys') !== 'off');

export function setTheme(value: Theme): void {
  theme.value = value;
  write('theme', value);
}

export function setKeys(on: boolean): void {
  keysOn.value = on;
  write('keys', on ? 'on' : 'off');
}

effect(() => {
  if (theme.value === 'auto') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme.value;
});
