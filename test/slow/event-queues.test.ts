/**
 * Goal: the calendar queue behaves as the plain heap does. Method: every scenario file runs on the heap, and must give the
 * fingerprint that is known of it.
 */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { simulate } from '../../src/simulate.ts';
import { scenarioFile } from '../support/captured.ts';

const prints = JSON.parse(readFileSync('test/golden/fingerprints.json', 'utf8')) as Record<string, string>;

test.each(Object.entries(prints))('%s behaves the same on the plain event queue', (name, print) => {
  const { fingerprint } = simulate(scenarioFile(`scenarios/${name}.yaml`), { eventQueue: 'heap' });
  expect(fingerprint).toBe(print);
});
