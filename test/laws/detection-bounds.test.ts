/**
 * Goal: the scenarios about health checks would notice a wrong timer. Method: each timer is set one step off in the
 * text of a scenario; what it expects of the event in question must then fail, as it passes with the timer as it is.
 */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Verdict } from '../../src/measure/result.ts';
import { parse, run } from '../support/detection-shop.ts';

/** Verdicts of what is expected of one event's detection. Few requests: it needs none, and only healing is told by them. */
function verdictsOn(event: string, file: string, edit: readonly [string, string] | null): Verdict[] {
  const text = readFileSync(`scenarios/${file}.yaml`, 'utf8');
  if (edit !== null) expect(text).toContain(edit[0]);
  const edited = edit === null ? text : text.replace(...edit);
  const scenario = parse(edited.replace(/rate: (20|50)\/s/, 'rate: 1/s'), file);
  const { expectations } = run(scenario, scenario.seed);
  return expectations.flatMap(({ text: about, verdict }) =>
    about.startsWith(`event: ${event},`) && !about.includes('heal:') ? [verdict] : [],
  );
}

const INTERVAL = 'health_check_interval: 2s';
const TIMEOUT = 'health_check_timeout: 5s';
const UNHEALTHY = 'unhealthy_threshold: 3';
/** Not within the line above. */
const HEALTHY = ' healthy_threshold: 3';

const STEPS: readonly (readonly [string, string, string, readonly string[]])[] = [
  ['clb-backend-failure', 'web-1-dies', INTERVAL, ['1s', '3s']],
  ['clb-backend-failure', 'web-1-dies', TIMEOUT, ['4s', '6s']],
  ['clb-backend-failure', 'web-1-dies', UNHEALTHY, ['2', '4']],
  ['clb-backend-refuses', 'process-dies', INTERVAL, ['1s', '3s']],
  ['clb-backend-refuses', 'process-dies', UNHEALTHY, ['2', '4']],
  ['clb-backend-refuses', 'process-returns', INTERVAL, ['1s', '3s']],
  ['clb-backend-refuses', 'process-returns', HEALTHY, ['2', '4']],
  ['clb-udp-silent', 'game-1-dies', 'health_check_interval: 5s', ['4s', '6s']],
  ['clb-udp-silent', 'game-1-dies', 'health_check_timeout: 10s', ['9s', '11s']],
  ['clb-udp-silent', 'game-1-dies', UNHEALTHY, ['2', '4']],
  ['zone-outage', 'outage', INTERVAL, ['1s', '3s']],
  ['zone-outage', 'outage', TIMEOUT, ['4s', '6s']],
  ['zone-outage', 'outage', UNHEALTHY, ['2', '4']],
  ['zone-outage', 'return', HEALTHY, ['2', '4']],
];

test.each(STEPS)('%s: what %s expects fails when %s is a step off', (file, event, setting, values) => {
  for (const value of values) {
    const [key] = setting.split(':');
    const verdicts = verdictsOn(event, file, [setting, `${key}: ${value}`]);
    expect(verdicts, `${key}: ${value}`).toContain('fail');
  }
});

test('they pass as they are, a refused port whatever the time-out', () => {
  const events = new Map(STEPS.map(([file, event]) => [`${file} ${event}`, [file, event] as const]));
  expect(events.size).toBe(6);
  for (const [file, event] of events.values()) {
    const verdicts = verdictsOn(event, file, null);
    expect(verdicts.length).toBeGreaterThan(0);
    expect(new Set(verdicts)).toEqual(new Set(['pass']));
    if (file !== 'clb-backend-refuses') continue;
    expect(verdictsOn(event, file, [TIMEOUT, 'health_check_timeout: 50s'])).toEqual(verdicts);
  }
});
