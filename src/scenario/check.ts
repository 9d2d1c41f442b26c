/** What all parts of the checker share while one file is lowered. */
import type { ParameterValues } from '../base/parameters.ts';
import type { DataFiles } from './data-files.ts';
import type { Diagnostics } from './diagnostic.ts';
import type { RangeBudget } from './expansion.ts';
import type { Names } from './names.ts';
import type { Tree } from './tree.ts';

export interface Check {
  readonly root: Tree;
  readonly diagnostics: Diagnostics;
  readonly names: Names;
  readonly budget: RangeBudget;
  /** Defaults under what the file assumes. */
  readonly parameters: ParameterValues;
  readonly dataFiles: DataFiles;
}
