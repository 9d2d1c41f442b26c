/** Sessions, transfers and their goodput over time in the report, as people read them. */
import { expect, test } from 'vitest';
import { formatConnected } from '../../src/report/connected.ts';
import { buildPaint } from '../../src/report/table.ts';
import { simulate } from '../../src/simulate.ts';
import { HEAD, SHOP, scenarioOf } from '../support/scenario-texts.ts';

const flows = (text: string): string =>
  `${HEAD}${SHOP}traffic:\n${text}`.replace('duration: 2m', 'duration: 90s');

test('a run without such flows says nothing of them', () => {
  const scenario = scenarioOf(flows('  f: { kind: ping, from: shopper, to: web-1 }\n'));
  expect(formatConnected(simulate(scenario), scenario, buildPaint({}))).toEqual([]);
});

test('sessions have a line each, transfers another with a bar for every so many steps', () => {
  const scenario = scenarioOf(
    flows(
      '  talk: { kind: sessions, from: web-1, to: "web-2:443", connections: 3, heartbeat: 5s }\n' +
        '  load: { kind: tcp, from: web-1, to: "web-2:9000", size: 3MB, rate: 600kbps }\n',
    ),
  );
  const sections = formatConnected(simulate(scenario), scenario, buildPaint({}));
  expect(sections.join('\n\n')).toMatchInlineSnapshot(`
    "Sessions
      flow  opened  completed  broken  alive  survived  segments  sent again  round trip
      talk       3          0       0      3         0       168           0      1.24ms
      load       1          1       0      0         0     3,121           0      20.5ms

    Goodput over time
      flow    fastest  each 2s
      load  602.4kbps  ████████████████████"
  `);
  for (const line of sections.join('\n').split('\n')) expect(line.length).toBeLessThanOrEqual(110);
});
