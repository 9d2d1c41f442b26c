/**
 * Goal: captures change nothing, and Wireshark finds nothing wrong with them. Method: every scenario file runs with all
 * its interfaces captured and must give the fingerprint that is known of it; tshark, which shares nothing with us,
 * dissects a sample of the frames. Its part is skipped where it is not installed, unless VPCSIM_NEED_TSHARK=1.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { captured, scenarioFile, skipsTshark, tshark } from '../support/captured.ts';
import { temporaryFolder } from '../support/cli.ts';
import { readPcapng } from '../support/pcapng.ts';

const MINUTE_MS = 60_000;
/** About eight thousand frames. */
const MAX_PIECES = 8;
const folder = temporaryFolder();
const names = readdirSync('scenarios')
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => file.slice(0, -'.yaml'.length));
const prints = JSON.parse(readFileSync('test/golden/fingerprints.json', 'utf8')) as Record<string, string>;

const FIELDS = [
  'frame.interface_name',
  'frame.time_epoch',
  '_ws.malformed',
  '_ws.expert.severity',
  'ip.checksum.status',
  'tcp.checksum.status',
  'udp.checksum.status',
  'icmp.checksum.status',
];
/** Of expert remarks. */
const ERROR = String(0x00800000);

/** Why tshark is not content with a frame; null if it is. */
function complaint(row: readonly string[]): string | null {
  const [, , malformed = '', severities = '', ip = '', tcp = '', udp = '', icmp = ''] = row;
  if (malformed !== '') return 'malformed';
  if (severities.split(',').includes(ERROR)) return 'error';
  // 1 is good; a frame has one figure for each of its IP headers, and one for what it carries.
  if (!/^1(,1)*$/.test(ip)) return `IP checksum ${ip}`;
  // Of what an ICMP error quotes there is too little to tell: 2 is unverified, 3 is no checksum.
  const isGood = /^1?$/.test(tcp) && (icmp === '' ? /^1?$/ : /^3?$/).test(udp) && /^(1(,2)?)?$/.test(icmp);
  return isGood ? null : `checksums ${[tcp, udp, icmp]}`;
}

describe.each(names)('a capture of all of %s', { timeout: 2 * MINUTE_MS }, (name) => {
  const run = (): ReturnType<typeof captured> =>
    captured(scenarioFile(`scenarios/${name}.yaml`), { maxPieces: MAX_PIECES });
  let once: ReturnType<typeof captured> | undefined;

  test('leaves the fingerprint as it is', () => {
    once = run();
    expect(once.result.fingerprint).toBe(prints[name]);
    expect(once.frameCount).toBeGreaterThan(1_000);
  });

  test.skipIf(skipsTshark)('is read by tshark, which finds nothing wrong', () => {
    const { file } = once ?? run();
    const path = folder.write(`${name}.pcapng`, file);
    const rows = tshark(path, FIELDS);
    expect(rows.length).toBeGreaterThan(1_000);
    expect(rows.filter((row) => complaint(row) !== null).slice(0, 5)).toEqual([]);
    const told = rows.map(([iface, time]) => `${iface} ${time}`);
    expect(told).toEqual(
      readPcapng(file).frames.map(({ timeNs, iface }) => `${iface} ${formatStamp(timeNs)}`),
    );
    once = undefined;
  });
});

test.skipIf(skipsTshark)('tshark would notice a wrong checksum', () => {
  const { file } = captured(scenarioFile('scenarios/security-group-idle-udp.yaml'));
  const spoilt = Buffer.from(file);
  const [frame] = readPcapng(spoilt).frames;
  for (const at of [14 + 10, 14 + 20 + 6]) (frame?.bytes as Uint8Array)[at] = ~(frame?.bytes[at] as number);
  const rows = tshark(folder.write('spoilt.pcapng', spoilt), FIELDS);
  expect(rows.filter((row) => complaint(row) !== null)).toHaveLength(1);
});

/** Seconds with nine decimals. */
function formatStamp(timeNs: number): string {
  const digits = String(timeNs).padStart(10, '0');
  return `${digits.slice(0, -9)}.${digits.slice(-9)}`;
}
