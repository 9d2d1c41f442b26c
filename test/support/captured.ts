/** A scenario run with a capture of some of its interfaces, and what tshark makes of that. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Capture, MAX_SNAP_BYTES } from '../../src/capture/capture.ts';
import { loadScenario } from '../../src/cli/files.ts';
import type { RunResult } from '../../src/measure/result.ts';
import type { Network } from '../../src/network/network.ts';
import type { Scenario } from '../../src/scenario/scenario.ts';
import { simulate } from '../../src/simulate.ts';

export interface Captured {
  readonly file: Uint8Array;
  readonly frameCount: number;
  readonly result: RunResult;
}

export interface CapturedOptions {
  /** Whether to capture an interface; all of them by default. */
  readonly isWanted?: (iface: string) => boolean;
  readonly snapBytes?: number;
  /** Keeps a sample of what the sink is given, spread over the run: pieces of 256 KiB each, a valid file again. */
  readonly maxPieces?: number;
}

/** Runs the scenario with a capture. */
export function captured(
  scenario: Scenario,
  {
    isWanted = () => true,
    snapBytes = MAX_SNAP_BYTES,
    maxPieces = Number.POSITIVE_INFINITY,
  }: CapturedOptions = {},
): Captured {
  const sample = new Sample(maxPieces);
  let capture: Capture | undefined;
  const makeObserver = (network: Network): Capture => {
    const ifaces = new Set(network.ifaceNames.filter(isWanted));
    const options = { ifaces, snapBytes, application: 'a test' };
    capture = new Capture(network, options, (bytes) => sample.add(bytes));
    return capture;
  };
  const result = simulate(scenario, { makeObserver });
  capture?.flush();
  return { file: Buffer.concat(sample.pieces), frameCount: capture?.frameCount ?? 0, result };
}

/** Every so many pieces, from the first on; twice as many whenever there are too many. */
class Sample {
  pieces: Uint8Array[] = [];
  private readonly maxPieces: number;
  private stride = 1;
  private seen = 0;

  constructor(maxPieces: number) {
    this.maxPieces = maxPieces;
  }

  add(bytes: Uint8Array): void {
    if (this.seen++ % this.stride !== 0) return;
    this.pieces.push(bytes.slice());
    if (this.pieces.length <= this.maxPieces) return;
    this.pieces = this.pieces.filter((_, i) => i % 2 === 0);
    this.stride *= 2;
  }
}

export function scenarioFile(file: string): Scenario {
  const loaded = loadScenario(file);
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
  return loaded.scenario;
}

const hasTshark = spawnSync('tshark', ['--version']).status === 0;
const isNeeded = process.env.VPCSIM_NEED_TSHARK === '1';

/** Where tshark is missing its tests are skipped, unless they must run: then they fail. */
export const skipsTshark = !hasTshark && !isNeeded;

/** What we encode; the zeros in other payloads are not for other dissectors to find fault with. */
const OURS = [
  'frame',
  'pkt_comment',
  'eth',
  'ethertype',
  'ip',
  'tcp',
  'udp',
  'icmp',
  'vrrp',
  'arp',
  'dns',
  'data',
];
const CHECKS = ['ip', 'tcp', 'udp'].flatMap((protocol) => ['-o', `${protocol}.check_checksum:TRUE`]);

let profile: string | undefined;

/** A folder of settings that switches every other protocol off. */
function makeProfile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'vpcsim-tshark-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const protocols = call(['-G', 'protocols'], {});
  const others = protocols
    .split('\n')
    .flatMap((line) => line.split('\t')[2] ?? [])
    .filter((name) => !OURS.includes(name));
  writeFileSync(join(folder, 'disabled_protos'), `${others.join('\n')}\n`);
  return folder;
}

/** One row a frame that passes the filter, one text a field. */
export function tshark(path: string, fields: readonly string[], filter = ''): string[][] {
  profile ??= makeProfile();
  const wanted = fields.flatMap((field) => ['-e', field]);
  const args = ['-n', '-r', path, ...CHECKS, '-T', 'fields', ...wanted];
  const stdout = call(filter === '' ? args : [...args, '-Y', filter], { WIRESHARK_CONFIG_DIR: profile });
  return stdout.split('\n').flatMap((line) => (line === '' ? [] : [line.split('\t')]));
}

function call(args: readonly string[], env: Readonly<Record<string, string>>): string {
  const { status, stdout, stderr, error } = spawnSync('tshark', args, {
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
    env: { ...process.env, ...env },
  });
  if (status !== 0) throw new Error(`tshark: ${error?.message ?? stderr}`);
  return stdout;
}
