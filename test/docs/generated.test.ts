/** Goal: what is generated stays current. Method: generate it again and compare. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { MODEL_FILE, SCHEMA_FILE, schemaText, withParameters } from '../../docs/generate.ts';
import { parameterIds } from '../../src/base/parameters.ts';

test('docs/MODEL.md lists every parameter as it is in the registry', () => {
  const document = readFileSync(MODEL_FILE, 'utf8');
  expect(document, 'run: npm run docs').toBe(withParameters(document));
  for (const id of parameterIds()) expect(document).toContain(`\`${id}\``);
});

test('the committed JSON Schema is the one the program prints', () => {
  expect(readFileSync(SCHEMA_FILE, 'utf8'), 'run: npm run docs').toBe(schemaText());
});

test('no placeholder is left in what users read', () => {
  const files = [
    'README.md',
    'CONTRIBUTING.md',
    'CHANGELOG.md',
    ...['LANGUAGE', 'RESULTS', 'MODEL', 'ARCHITECTURE'].map((name) => `docs/${name}.md`),
  ];
  for (const file of files) {
    const text = readFileSync(join(import.meta.dirname, '../..', file), 'utf8');
    expect(text.length, file).toBeGreaterThan(500);
    expect(text.match(/\b(?:TODO|TBD|FIXME|BENCH_TABLE)\b/g), file).toBeNull();
  }
});
