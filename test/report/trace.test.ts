/** Lines of `--trace`. */
import { expect, test } from 'vitest';
import { formatVerdictLine, type VerdictLine } from '../../src/report/trace.ts';

const FORWARD: VerdictLine = {
  timeNs: 31_000_000_042,
  place: 'front/cn-hangzhou-h/node-1',
  flow: 'browse',
  unit: 1504,
  protocol: 'tcp',
  source: '10.0.1.2',
  sourcePort: 40000,
  destination: '47.1.2.3',
  destinationPort: 80,
  kind: 'S',
  lengthBytes: 40,
  verdict: 'forward',
  detail: 'shop/cn-hangzhou-h',
};

test('a line tells when, where, whose packet and what became of it', () => {
  expect(formatVerdictLine(FORWARD).replace(/ +/g, ' ').trim()).toBe(
    '31.000000042s front/cn-hangzhou-h/node-1 browse#1504 tcp 10.0.1.2:40000 > 47.1.2.3:80 S 40B forward shop/cn-hangzhou-h',
  );
});

test('columns line up, also for packets without ports, unit or detail', () => {
  const probe = formatVerdictLine({
    ...FORWARD,
    timeNs: 5,
    flow: null,
    unit: null,
    protocol: 'icmp',
    sourcePort: null,
    destinationPort: null,
    verdict: 'consume',
    detail: null,
  });
  expect(probe).toMatch(/^ {3}0\.000000005s .* - +icmp 10\.0\.1\.2 > 47\.1\.2\.3 +S +40B consume$/);
  expect(probe.indexOf('consume')).toBe(formatVerdictLine(FORWARD).indexOf('forward'));
});

test('times before the start are negative', () => {
  expect(formatVerdictLine({ ...FORWARD, timeNs: -1_500_000_000 })).toContain('-1.500000000s');
});
