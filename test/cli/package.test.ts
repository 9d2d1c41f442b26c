/**
 * Goal: what a release contains works on a machine that has nothing else. Method: a copy of the project is packed,
 * the tarball installed into an empty folder with npm, and used there as the README says.
 */
import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildDist, type Outcome, PROJECT, runProcess, temporaryFolder } from '../support/cli.ts';
import { pings } from '../support/cli-scenarios.ts';

const MIB = 1024 * 1024;
const MINUTE_MS = 60_000;
const project = temporaryFolder();
const home = temporaryFolder();

/** As in a shell: without the place and the script that an npm which runs the tests would hand down. */
const env: Record<string, string> = { npm_config_local_prefix: '' };
for (const name of Object.keys(process.env)) if (/^npm_(package|lifecycle)_/.test(name)) env[name] = '';

async function npm(args: readonly string[], cwd: string): Promise<string> {
  const { code, stdout, stderr } = await runProcess('npm', args, { cwd, env });
  if (code !== 0) throw new Error(`npm ${args.join(' ')}: ${stderr}`);
  return stdout;
}

function npx(...args: string[]): Promise<Outcome> {
  return runProcess('npx', ['--no', 'vpcsim', ...args], { cwd: home.path, env });
}

let packed: readonly string[] = [];
let tarball = '';

async function packAndInstall(): Promise<void> {
  const dist = await buildDist();
  const left = ['.git', 'node_modules', 'dist'];
  for (const name of readdirSync(PROJECT)) {
    if (!left.includes(name)) cpSync(join(PROJECT, name), join(project.path, name), { recursive: true });
  }
  cpSync(dist, join(project.path, 'dist'), { recursive: true });
  const stdout = await npm(['pack', '--ignore-scripts', '--json'], project.path);
  const [{ filename, files }] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }];
  tarball = join(project.path, filename);
  packed = files.map(({ path }) => path);
  await npm(['install', tarball, '--prefer-offline', '--no-audit', '--no-fund'], home.path);
}

// On Windows npm is a script, which needs a shell to start.
describe.skipIf(process.platform === 'win32')('the package', () => {
  beforeAll(packAndInstall, 2 * MINUTE_MS);

  test('holds the program, the schema and what explains them, and nothing else', () => {
    const expected = ['dist/cli/main.js', 'dist/index.js', 'dist/index.d.ts', 'schema/vpcsim-1.schema.json'];
    expect(packed).toEqual(expect.arrayContaining([...expected, 'README.md', 'LICENSE', 'package.json']));
    const wanted = /^(dist|schema|docs)\/|^(README\.md|LICENSE|CHANGELOG\.md|package\.json)$/;
    expect(packed.filter((path) => !wanted.test(path))).toEqual([]);
    expect(packed.filter((path) => /\.test\.|(^|\/)test\/|^dist\/.*(?<!\.d)\.ts$/.test(path))).toEqual([]);
    expect(statSync(tarball).size).toBeLessThan(MIB);
  });

  test('says what it is licensed under and where it runs', () => {
    const { license, engines, bin } = JSON.parse(
      readFileSync(join(home.path, 'node_modules', 'vpcsim', 'package.json'), 'utf8'),
    ) as Record<string, unknown>;
    expect(license).toBe('MIT');
    expect(engines).toHaveProperty('node');
    expect(bin).toEqual({ vpcsim: 'dist/cli/main.js' });
  });

  test(
    'starts a first scenario, checks it and passes it',
    async () => {
      expect(await npx('init', 'shop')).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^Wrote shop/),
      });
      const [checked, judged] = await Promise.all([npx('check', 'shop.yaml'), npx('test', 'shop.yaml')]);
      expect(checked.stdout).toMatch(/^shop\.yaml: ok, /);
      expect(judged.stdout).toContain('1 passed, 0 failed, 0 inconclusive');
      expect([checked.code, judged.code]).toEqual([0, 0]);
      const [, schema] = /\$schema=(\S+)/.exec(readFileSync(join(home.path, 'shop.yaml'), 'utf8')) ?? [];
      expect(JSON.parse(readFileSync(join(home.path, schema ?? ''), 'utf8'))).toHaveProperty('$schema');
    },
    MINUTE_MS,
  );

  test(
    'is a library as well',
    async () => {
      writeFileSync(
        join(home.path, 'use.mjs'),
        `import { readFileSync } from 'node:fs';
      import { formatDiagnostic, parseScenario, simulate, VERSION } from 'vpcsim';
      import manifest from 'vpcsim/package.json' with { type: 'json' };
      const template = readFileSync('library.yaml', 'utf8');
      const good = parseScenario(template, { file: 'library.yaml' });
      const bad = parseScenario('vpcsim: 2', { file: 'bad.yaml' });
      const result = simulate(good.scenario, { seed: '5' });
      console.log(JSON.stringify({
        verdict: result.verdict,
        seed: result.seed,
        isVersion: VERSION === manifest.version,
        first: formatDiagnostic(bad.diagnostics[0]).split('\\n')[0],
      }));\n`,
      );
      home.write('library.yaml', pings());
      const { code, stdout, stderr } = await runProcess(process.execPath, ['use.mjs'], { cwd: home.path });
      expect(stderr).not.toContain('Error');
      expect(JSON.parse(stdout)).toEqual({
        verdict: 'pass',
        seed: '5',
        isVersion: true,
        first: expect.stringMatching(/^bad\.yaml:1:\d+ error\[/),
      });
      expect(code).toBe(0);
    },
    MINUTE_MS,
  );
});
