/** Goal: what the command says of itself is true. Method: its words are compared with the sources and their files. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parameterIds } from '../../src/base/parameters.ts';
import { VERSION } from '../../src/version.ts';
import { PROJECT, runCli, temporaryFolder } from '../support/cli.ts';

const readProject = (name: string): string => readFileSync(join(PROJECT, name), 'utf8');

describe('the version', () => {
  test('is that of package.json', async () => {
    const { version } = JSON.parse(readProject('package.json')) as { version: string };
    expect(VERSION).toBe(version);
    const { code, stdout } = await runCli(['--version']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${version}\n` });
  });
});

describe('vpcsim schema', () => {
  test('prints the schema that is kept for editors', async () => {
    const { code, stdout, stderr } = await runCli(['schema']);
    expect(JSON.parse(stdout)).toEqual(JSON.parse(readProject('schema/vpcsim-1.schema.json')));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});

describe('vpcsim params', () => {
  test('lists every parameter, with its default and where that comes from', async () => {
    const { code, stdout } = await runCli(['params']);
    const lines = stdout.split('\n').filter((line) => /^ {2}[a-z]+\./.test(line));
    expect(lines.map((line) => line.trim().split(/\s+/)[0])).toEqual(parameterIds());
    for (const line of lines) expect(line).toMatch(/^ {2}\S+ +\S.* (assumed|documented) +\S/);
    expect(code).toBe(0);
  });

  test('lists the same as JSON', async () => {
    const { code, stdout } = await runCli(['params', '--json']);
    const rows = JSON.parse(stdout) as { id: string; default: number; source: string }[];
    expect(rows.map(({ id }) => id)).toEqual(parameterIds());
    expect(rows.every((row) => Number.isFinite(row.default) && row.source !== '')).toBe(true);
    expect(code).toBe(0);
  });
});

describe('vpcsim --help', () => {
  test('names every command and every exit code on standard output', async () => {
    const { code, stdout, stderr } = await runCli(['--help']);
    for (const command of ['run', 'test', 'check', 'schema', 'params', 'prices', 'init'])
      expect(stdout).toMatch(new RegExp(`^ {2}${command}\\b`, 'm'));
    expect(stdout).toMatch(/Exit codes: 0 pass, 1 .*, 2 .*, 3 .*,\s70 .*, 130 interrupted/);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(90);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});

describe('vpcsim init', () => {
  const folder = temporaryFolder();
  const cwd = folder.path;

  test('writes a shop that passes its own check and test, and never writes over it', async () => {
    const written = await runCli(['init', 'shop'], { cwd });
    expect(written.stdout).toMatch(/^Wrote shop\.yaml\. Next:\n {2}npx vpcsim check shop\.yaml\n/);
    expect(written.code).toBe(0);
    const [checked, judged] = await Promise.all([
      runCli(['check', 'shop.yaml'], { cwd }),
      runCli(['test', 'shop.yaml'], { cwd }),
    ]);
    expect(checked).toMatchObject({ code: 0, stderr: '' });
    expect(judged).toMatchObject({ code: 0, stderr: '' });

    folder.write('shop.yaml', 'mine');
    const again = await runCli(['init', 'shop'], { cwd });
    expect(again.stderr).toMatch(/^shop\.yaml: error\[unwritable-file\]: it exists already; move it away/);
    expect(again).toMatchObject({ code: 2, stdout: '' });
    expect(folder.read('shop.yaml')).toBe('mine');
  });

  test('says which templates there are when asked for another', async () => {
    const names = ['hybrid', 'branches', 'nonsense', '__proto__'];
    const runs = await Promise.all(names.map((name) => runCli(['init', name], { cwd })));
    const error = (text: string): string => `error[unknown-template]: ${text}; there is: shop\n`;
    expect(runs.map(({ stderr }) => stderr)).toEqual([
      error("'hybrid' is not supported yet"),
      error("'branches' is not supported yet"),
      error("'nonsense' is no template"),
      error("'__proto__' is no template"),
    ]);
    for (const run of runs) expect(run).toMatchObject({ code: 2, stdout: '' });
  });
});
