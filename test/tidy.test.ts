/**
 * Goal: the rules of the house, held by a test: which folder may import which, what simulation code may not use, how
 * long a file may be. Method: read every source as text; each rule says what to do instead and is shown able to fail.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DROP_REASONS } from '../src/network/drop-reason.ts';

const ROOT = join(import.meta.dirname, '..');

interface Source {
  /** From the root, with slashes: `src/engine/engine.ts`. */
  readonly path: string;
  readonly text: string;
}

function readSources(folder: string): Source[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .sort()
    .map((name) => {
      const path = `${folder}/${name.replaceAll('\\', '/')}`;
      return { path, text: readFileSync(join(ROOT, path), 'utf8') };
    });
}

/** Bottom to top: a folder imports only from itself and from those before it. */
const LAYERS = [
  'base',
  'engine',
  'routing',
  'conntrack',
  'policy',
  'network',
  'protocols',
  'devices',
  'control',
  'traffic',
  'faults',
  'measure',
  'scenario',
  'build',
  'judge',
  'explain',
  'capture',
  'report',
] as const;

/** What is narrower than the order: folders that must not know some of those before them. */
const FORBIDDEN: Readonly<Record<string, readonly string[]>> = {
  routing: ['engine'],
  conntrack: ['engine'],
  policy: ['engine'],
  protocols: ['engine'],
  devices: ['engine'],
  faults: ['traffic', 'control', 'devices'],
  scenario: [
    'engine',
    'routing',
    'conntrack',
    'policy',
    'network',
    'protocols',
    'devices',
    'control',
    'traffic',
    'faults',
    'measure',
  ],
  judge: ['engine', 'devices', 'network', 'build', 'protocols', 'control', 'traffic', 'faults'],
  report: ['engine', 'devices', 'build', 'protocols', 'control', 'traffic', 'faults'],
};

/** Files at the root of `src` and the folders above the layers. */
const TOP = ['simulate.ts', 'version.ts', 'index.ts', 'cli', 'experiment'];

/** Shared parts of devices; otherwise devices do not know one another. */
const DEVICE_PARTS = [
  'clb-node',
  'clb-scheduler',
  'clb-sessions',
  'eni-doors',
  'eni-filter',
  'acl-gates',
  'havip-map',
  'host-agents',
  'instance-limits',
  'clb-affinity',
  'clb-limits',
  'forwarder',
  'host',
  'nat-agent',
  'nat-forwards',
  'nat-limits',
  'nat-sessions',
  'alb-node',
  'alb-servers',
  'http-proxy',
];

/** Packages, and the one place that may import each. */
const PACKAGE_HOMES: Readonly<Record<string, string>> = {
  'ip-num': 'src/base/ipv4.ts',
  seedrandom: 'src/base/random.ts',
  'heap-js': 'src/engine/heap-queue.ts',
  commander: 'src/cli/main.ts',
  'cli-table3': 'src/report/table.ts',
};

function importsOf({ path, text }: Source): { specifier: string; resolved: string | null }[] {
  const found = [
    ...text.matchAll(
      /^(?:import|export)\b[^'"`;]*?from\s*'([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm,
    ),
  ];
  return found.map((match) => {
    const specifier = match[1] ?? match[2] ?? match[3] ?? '';
    const resolved = specifier.startsWith('.')
      ? normalize(join(dirname(path), specifier)).replaceAll('\\', '/')
      : null;
    return { specifier, resolved };
  });
}

function folderOf(path: string): string {
  return relative('src', path).replaceAll('\\', '/').split('/')[0] ?? '';
}

/** Imports that go the wrong way, as sentences. */
function wrongImports(source: Source): string[] {
  const from = folderOf(source.path);
  const problems: string[] = [];
  for (const { specifier, resolved } of importsOf(source)) {
    if (resolved === null) {
      const home = PACKAGE_HOMES[specifier];
      if (home !== undefined && home !== source.path)
        problems.push(`${source.path}: only ${home} imports ${specifier}`);
      continue;
    }
    const to = folderOf(resolved);
    if (TOP.includes(from) || to === from) continue;
    const isUpward = LAYERS.indexOf(to as never) > LAYERS.indexOf(from as never) || TOP.includes(to);
    if (isUpward || FORBIDDEN[from]?.includes(to)) {
      problems.push(`${source.path}: ${from} may not import ${to}; pass what it needs in from above`);
    }
  }
  if (from === 'devices') problems.push(...neighbouringDevices(source));
  return problems;
}

function neighbouringDevices(source: Source): string[] {
  return importsOf(source)
    .filter(({ resolved }) => resolved?.startsWith('src/devices/'))
    .filter(({ resolved }) => !DEVICE_PARTS.some((part) => resolved === `src/devices/${part}.ts`))
    .map(({ resolved }) => `${source.path}: a device may not know ${resolved}; share through protocols`);
}

interface Ban {
  readonly pattern: RegExp;
  readonly instead: string;
  readonly allowed: (path: string) => boolean;
}

const inFolders =
  (...folders: string[]) =>
  (path: string): boolean =>
    folders.some((folder) => path.startsWith(`src/${folder}`));

const BANS: readonly Ban[] = [
  { pattern: /\bMath\.random\b/, instead: 'a stream of base/random.ts', allowed: () => false },
  { pattern: /\bnew Date\b|\bDate\.now\b/, instead: "the engine's clock", allowed: () => false },
  {
    pattern: /\bperformance\.now\b/,
    instead: "the engine's clock",
    allowed: inFolders('simulate.ts', 'cli', 'experiment'),
  },
  {
    pattern: /\bset(?:Timeout|Interval|Immediate)\b/,
    instead: 'engine events',
    allowed: inFolders('cli', 'experiment'),
  },
  {
    pattern: /\bMath\.pow\b|\*\*[^/*]/,
    instead: 'multiplication or exp and log, equal on every Node version',
    allowed: () => false,
  },
  { pattern: /\bconsole\./, instead: 'returning text to the cli', allowed: inFolders('cli') },
  {
    pattern: /\bprocess\.|from 'node:(?:fs|net|child_process|worker_threads)/,
    instead: 'taking it as an argument',
    allowed: inFolders('cli', 'experiment'),
  },
  { pattern: /^\s*(?:export )?(?:const )?enum\b/m, instead: 'an `as const` object', allowed: () => false },
  { pattern: /\b(?:TODO|FIXME|XXX)\b/, instead: 'doing it, or an issue', allowed: () => false },
];

/** Comments say what they like. */
function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|\s)\/\/.*$/gm, '$1');
}

function bannedWords(source: Source): string[] {
  const code = withoutComments(source.text);
  return BANS.filter(({ pattern, allowed }) => pattern.test(code) && !allowed(source.path)).map(
    ({ pattern, instead }) => `${source.path}: ${pattern.source} is banned here; use ${instead}`,
  );
}

function tooLong({ path, text }: Source, limit: number): string[] {
  const lines = text.split('\n').length - 1;
  return lines > limit ? [`${path}: ${lines} lines; split it, the limit is ${limit}`] : [];
}

/** Per-packet code builds nothing: said by its first line. */
function hotPathSins({ path, text }: Source): string[] {
  if (!text.startsWith('// hot path')) return [];
  return /\btry\s*\{/.test(withoutComments(text))
    ? [`${path}: no try/catch on the hot path; validate at the edge`]
    : [];
}

const sources = readSources('src');
const tests = readSources('test');

describe('The sources', () => {
  test('are really looked at', () => {
    expect(sources.length).toBeGreaterThan(80);
    expect(tests.length).toBeGreaterThan(20);
    expect(new Set(sources.map(({ path }) => folderOf(path))).size).toBeGreaterThan(14);
    expect(sources.flatMap(importsOf).length).toBeGreaterThan(300);
  });

  test('import downwards only, and packages only where they live', () => {
    expect(sources.flatMap(wrongImports)).toEqual([]);
  });

  test('use no clock, no chance but the streams, no powers, no console', () => {
    expect(sources.flatMap(bannedWords)).toEqual([]);
  });

  test('stay below 500 lines a file', () => {
    expect([...sources, ...tests].flatMap((source) => tooLong(source, 500))).toEqual([]);
  });

  test('keep try out of the hot path', () => {
    expect(sources.flatMap(hotPathSins)).toEqual([]);
  });

  test('name every known folder as a layer', () => {
    const folders = new Set(sources.map(({ path }) => folderOf(path)));
    const known: readonly string[] = [...LAYERS, ...TOP];
    expect([...folders].filter((folder) => !known.includes(folder))).toEqual([]);
  });
});

describe('The rules', () => {
  test('catch an import of a higher layer', () => {
    const text = "import { x } from '../devices/host.ts';\n";
    expect(wrongImports({ path: 'src/network/sample.ts', text })).toHaveLength(1);
  });

  test('catch a device that knows another', () => {
    const text = "import { Instance } from './instance.ts';\n";
    expect(wrongImports({ path: 'src/devices/sample.ts', text })).toHaveLength(1);
  });

  test('catch a package outside its home', () => {
    expect(
      wrongImports({ path: 'src/engine/sample.ts', text: "import { IPv4 } from 'ip-num';\n" }),
    ).toHaveLength(1);
  });

  test('catch each banned word, and leave comments alone', () => {
    const words = [
      'Math.random()',
      'Date.now()',
      'performance.now()',
      'setTimeout(f)',
      'a ** b',
      'console.log(1)',
      'process.exit()',
    ];
    for (const word of words) {
      expect(
        bannedWords({ path: 'src/devices/sample.ts', text: `const x = () => ${word};\n` }),
        word,
      ).toHaveLength(1);
      expect(bannedWords({ path: 'src/devices/sample.ts', text: `// ${word}\n` }), word).toEqual([]);
    }
  });

  test('catch a file that grew too long', () => {
    expect(tooLong({ path: 'src/x.ts', text: '\n'.repeat(501) }, 500)).toHaveLength(1);
  });
});

describe('Every drop reason that can occur', () => {
  /** Of devices that are still to come. */
  const LATER = ['queue-flushed', 'tunnel-down', 'no-sa', 'anti-replay', 'wrong-path', 'rate-limited-icmp'];
  const inSources = (name: string): boolean =>
    sources.some(({ text }) => text.includes(`dropReason('${name}')`));

  test('is produced by a test', () => {
    const shown = DROP_REASONS.filter((name) => inSources(name));
    const without = shown.filter(
      (name) => !tests.some(({ path, text }) => !path.endsWith('tidy.test.ts') && text.includes(`'${name}'`)),
    );
    expect(shown.length).toBeGreaterThan(10);
    expect(without).toEqual([]);
  });

  test('is either in the sources or known to come later', () => {
    expect(DROP_REASONS.filter((name) => inSources(name) === LATER.includes(name))).toEqual([]);
  });
});
