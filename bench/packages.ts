/**
 * The alternatives and the data that benches measure against, from `bench/node_modules`, which `npm run bench` fills.
 * None of them is needed: a bench whose alternative is not there runs without that column, and whoever reads the
 * figures is told once what is missing and why. Types are the benches' own few lines, so that the sources type-check
 * on a machine that has none of it.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

export const BENCH_FOLDER = import.meta.dirname;

export interface Packages {
  /** The module, of CommonJS or ESM (then with `default`); null when it is not installed or does not load. */
  load<Module>(name: string): Module | null;
  /** The absolute path of a file in a package; null when it is not installed. */
  file(name: string, path: string): string | null;
}

/** For the test suite: as if nothing were installed, and silent about it. */
export const NO_PACKAGES: Packages = { load: () => null, file: () => null };

/** What is installed; `tell` hears one sentence for each package that is asked for and missing. */
export function installedPackages(tell: (sentence: string) => void): Packages {
  const require = createRequire(join(BENCH_FOLDER, 'package.json'));
  const told = new Set<string>();
  const miss = (name: string, reason: string): null => {
    if (!told.has(name)) tell(`Without ${name}: ${reason}.`);
    told.add(name);
    return null;
  };
  return {
    load<Module>(name: string): Module | null {
      try {
        return require(name) as Module;
      } catch (error) {
        const line = firstLine(error);
        return miss(name, line.includes('build/Release') ? 'its native part was not built' : line);
      }
    },
    file(name, path) {
      const file = join(BENCH_FOLDER, 'node_modules', name, path);
      return existsSync(file) ? file : miss(name, `${path} is not installed`);
    },
  };
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
