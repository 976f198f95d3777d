import { describe, expect, test } from 'vitest';
import { masked } from '../../../src/state/hashdb/location.js';

describe('a location is shown', () => {
  test.each([
    ['', 'secret'],
    [' with a slash', 'sec/ret'],
    [' that begins like a port', '5432/secret'],
    [' with a question mark', 'sec?ret'],
    [' with a number sign', 'sec#ret'],
    [' with an @', 'sec@ret'],
    [' with a colon', 'sec:ret'],
    [' with a line break', 'sec\nret'],
    [' with all of them', 's/e?c&r#e@t:/+='],
  ])('without its password%s', (_what, password) => {
    expect(masked(`postgres://user:${password}@host:5432/db?schema=a`)).toBe(
      'postgres://user:***@host:5432/db?schema=a',
    );
    expect(masked(`postgres://:${password}@host`)).toBe('postgres://:***@host');
    expect(masked(`postgres://user@server:${password}@host/db`)).toBe('postgres://user@server:***@host/db');
    expect(masked(`postgres://us/er:${password}@host/db`)).toBe('postgres://us/er:***@host/db');
  });

  test.each([
    ['postgres://host/db?password=secret&schema=a', 'postgres://host/db?password=***&schema=a'],
    ['postgres://host/db?schema=a&sslpassword=sec#ret', 'postgres://host/db?schema=a&sslpassword=***'],
    ['postgres://user:secret@host/db?password=secret', 'postgres://user:***@host/db?password=***'],
    ['postgres://user:sec?token=ret@host/db', 'postgres://user:***@'],
    ['postgres://user@host/db?password=sec@ret', 'postgres://user@host/db?password=***@'],
    ['postgres://user@host:5432/db?password=sec@ret', 'postgres://user@host:***@'],
  ])('without passwords among its parameters: %s', (text, shown) => {
    expect(masked(text)).toBe(shown);
  });

  test.each([
    'a/folder:b@c',
    'postgres://user@host:5432/db?schema=a',
    'postgres://user@[::1]:5432/db',
    'grpc://[::1]:50051',
  ])('as it is, without a password: %s', (text) => expect(masked(text)).toBe(text));
});
