/**
 * Goal: `run --out` leaves files that are whole whatever happens, and says before the run what cannot be written or is
 * not there to capture. Method: the command itself, interrupted, on full disks, with mistakes.
 */
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RunResult } from '../../src/measure/result.ts';
import { runCli, temporaryFolder } from '../support/cli.ts';
import { pings } from '../support/cli-scenarios.ts';
import { type CaptureFile, readPcapng } from '../support/pcapng.ts';

const folder = temporaryFolder();
const cwd = folder.path;
folder.write('pings.yaml', pings());
folder.write('busy.yaml', pings({ duration: '1h', rate: '5000/s' }));
folder.write('taken', 'a file');

const ZONE = 'shop/cn-hangzhou-h';
const resultIn = (out: string): RunResult => JSON.parse(folder.read(`${out}/result.json`)) as RunResult;
const captureIn = (out: string): CaptureFile => readPcapng(readFileSync(join(cwd, out, 'capture.pcapng')));

describe.concurrent('vpcsim run --out', () => {
  test('makes the folder and writes what --json prints', async () => {
    const run = await runCli(['run', 'pings.yaml', '--json', '--out', 'new/deep'], { cwd });
    expect(folder.read('new/deep/result.json')).toBe(run.stdout);
    expect(run).toMatchObject({ code: 0, stderr: `wrote ${join('new/deep', 'result.json')}\n` });
    expect(existsSync(join(cwd, 'new/deep/capture.pcapng'))).toBe(false);
  });

  test('prints the report beside it, and writes over what an earlier run left', async () => {
    const args = ['run', 'pings.yaml', '--out', 'twice', '--pcap', '*'];
    await runCli(args, { cwd });
    const before = folder.read('twice/capture.pcapng');
    const { code, stdout, stderr } = await runCli(args, { cwd });
    expect(stdout).toMatch(/^One instance pings another\n/);
    expect(stderr).toMatch(/\nwrote \S+result\.json and \S+capture\.pcapng \(160 frames\)\n$/);
    expect(folder.read('twice/capture.pcapng')).toBe(before);
    expect(code).toBe(0);
  });

  test.skipIf(process.platform === 'win32')(
    'leaves the files of a run that is still writing to it',
    async () => {
      mkdirSync(join(cwd, 'shared'));
      const path = join(cwd, 'shared', 'result.json');
      folder.write('shared/result.json', 'theirs');
      const theirs = openSync(path, 'r');
      await runCli(['run', 'pings.yaml', '--out', 'shared'], { cwd });
      expect(readFileSync(theirs, 'utf8')).toBe('theirs');
      expect(resultIn('shared').complete).toBe(true);
      closeSync(theirs);
    },
  );

  test.runIf(process.platform === 'linux')('ends where no folder can be made', async () => {
    const run = await runCli(['run', 'pings.yaml', '--out', '/proc/vpcsim'], { cwd });
    expect(run).toMatchObject({ code: 2 });
    expect(run.stderr).toMatch(/^\/proc\/vpcsim: error\[unwritable-output\]: /);
  });

  test('captures the interfaces that patterns name, each once', async () => {
    const args = ['run', 'pings.yaml', '--out', 'some', '--pcap', 'a:*', '*:a', `a:${ZONE}`];
    expect(await runCli(args, { cwd })).toMatchObject({ code: 0 });
    const { ifaces, frames, application } = captureIn('some');
    expect(ifaces.map(({ name }) => name).sort()).toEqual([`${ZONE}:a`, `a:${ZONE}`].sort());
    expect(frames).toHaveLength(80);
    expect(application).toMatch(/^vpcsim \d/);
  });

  test('changes neither the result nor the trace', async () => {
    const plain = await runCli(['run', 'pings.yaml', '--json', '--trace'], { cwd });
    const args = ['run', 'pings.yaml', '--json', '--trace', '--out', 'traced', '--pcap', '*'];
    const both = await runCli(args, { cwd });
    const strip = (stdout: string): unknown => ({ ...(JSON.parse(stdout) as RunResult), wallMs: 0 });
    expect(strip(both.stdout)).toEqual(strip(plain.stdout));
    expect(both.stderr.startsWith(plain.stderr)).toBe(true);
  });

  test('keeps so much of each frame as --snaplen says', async () => {
    const args = ['run', 'pings.yaml', '--out', 'short', '--pcap', '*', '--snaplen', '40'];
    expect(await runCli(args, { cwd })).toMatchObject({ code: 0 });
    const { frames, ifaces } = captureIn('short');
    expect(new Set(frames.map(({ bytes }) => bytes.length))).toEqual(new Set([40]));
    expect(frames[0]?.originalBytes).toBeGreaterThan(40);
    expect(ifaces[0]?.snapBytes).toBe(40);
  });

  test.skipIf(process.platform === 'win32')('leaves whole files behind when interrupted', async () => {
    const { code } = await runCli(['run', 'busy.yaml', '--trace', '--out', 'cut', '--pcap', '*'], {
      cwd,
      onStart: (child) => child.stdout?.once('data', () => child.kill('SIGINT')),
    });
    expect(code).toBe(130);
    const { simulatedNs, complete, packets } = resultIn('cut');
    const { frames } = captureIn('cut');
    expect(complete).toBe(false);
    expect(frames.length).toBeGreaterThan(packets.created);
    expect(frames.at(-1)?.timeNs).toBeLessThanOrEqual(simulatedNs);
  });
});

describe.concurrent('before the run starts', () => {
  const failing = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await runCli(['run', 'busy.yaml', ...args], { cwd });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    return stderr;
  };

  test('a pattern that matches nothing is told with the nearest names, and nothing is written', async () => {
    const stderr = await failing('--out', 'none', '--pcap', 'c', 'a:shop/cn-hangzho-h', 'z*');
    const [first, second, third] = stderr.split('\n');
    expect(first).toMatch(/^error\[unknown-interface\]: --pcap 'c' matches no interface; the nearest: '/);
    expect(second).toContain(`the nearest: 'a:${ZONE}',`);
    expect(third).toContain("--pcap 'z*' matches no interface");
    expect(existsSync(join(cwd, 'none'))).toBe(false);
  });

  test('a capture without a folder, and a snap length without a capture, are told', async () => {
    expect(await failing('--pcap', '*')).toMatch(
      /^error\[bad-option\]: --pcap needs a folder .* --out DIR\n$/,
    );
    expect(await failing('--snaplen', '80', '--out', 'x')).toMatch(
      /^error\[bad-option\]: --snaplen is about /,
    );
  });

  test.each(['0', '1.5', '262145', ''])('a snap length of %j is told', async (length) => {
    const stderr = await failing('--out', 'none', '--pcap', '*', `--snaplen=${length}`);
    expect(stderr).toBe(
      `error[bad-option]: --snaplen '${length}' is no whole number of bytes from 1 to 262144\n`,
    );
  });

  test('a folder that cannot be written is told', async () => {
    const unwritable = /^\S+: error\[unwritable-output\]: \S+ .*\n$/;
    expect(await failing('--out', 'taken')).toMatch(unwritable);
    expect(await failing('--out', 'taken/below')).toMatch(unwritable);
    mkdirSync(join(cwd, 'blocked/result.json'), { recursive: true });
    expect(await failing('--out', 'blocked')).toMatch(
      /result\.json: error\[unwritable-output\]: this is a folder/,
    );
  });

  // The administrator may write anywhere.
  test.skipIf(process.getuid?.() === 0)('a folder without permission to write is told', async () => {
    mkdirSync(join(cwd, 'locked'));
    chmodSync(join(cwd, 'locked'), 0o500);
    expect(await failing('--out', 'locked')).toMatch(/permission to write it is missing\n$/);
  });
});

describe.skipIf(!existsSync('/dev/full'))('a full disk', () => {
  test('ends the run with a sentence, and with the result so far', async () => {
    mkdirSync(join(cwd, 'full'));
    symlinkSync('/dev/full', join(cwd, 'full/capture.pcapng'));
    const { code, stdout, stderr } = await runCli(['run', 'busy.yaml', '--out', 'full', '--pcap', '*'], {
      cwd,
    });
    expect(stderr).toMatch(/\nfull.capture\.pcapng: error\[unwritable-output\]: the disk is full\n$/);
    expect(stdout).toContain('interrupted at ');
    expect(resultIn('full').complete).toBe(false);
    expect(code).toBe(2);
  });

  test('is told of the result too', async () => {
    mkdirSync(join(cwd, 'full-result'));
    symlinkSync('/dev/full', join(cwd, 'full-result/result.json'));
    const { code, stderr } = await runCli(['run', 'pings.yaml', '--out', 'full-result'], { cwd });
    expect(stderr).toMatch(/result\.json: error\[unwritable-output\]: the disk is full\n$/);
    expect(code).toBe(2);
  });
});
