/** The shape of the entries of `expect`. */
import { z } from 'zod';
import { allMeasures } from './measures.ts';
import * as leaf from './schema-leaves.ts';

const scopeTime = () =>
  leaf.reference("a time such as 30s, an event and an offset such as 'cut + 5s', or end");
const plainBound = z.union([z.string().min(1), z.number(), z.boolean()]);
const boundEnd = z.union([z.string().min(1), z.number()]);
const bound = leaf.whole(
  z.union([
    plainBound,
    z.strictObject({ never: z.literal(true) }),
    z.strictObject({ min: boundEnd.optional(), max: boundEnd.optional() }),
  ]),
  'a value, { min, max } or { never: true }',
);

/** The measures of all subjects as nested optional keys; a subject is held to its own afterwards. */
function measureShape(): Record<string, z.ZodType> {
  const tree = new Map<string, unknown>();
  for (const { path } of allMeasures()) {
    let level = tree;
    const steps = path.split('.');
    for (const step of steps.slice(0, -1)) {
      if (!level.has(step)) level.set(step, new Map<string, unknown>());
      level = level.get(step) as Map<string, unknown>;
    }
    level.set(steps.at(-1) as string, null);
  }
  const toSchema = (level: unknown): z.ZodType => {
    if (!(level instanceof Map)) return bound.optional();
    if (level.has('*')) return z.record(z.string(), toSchema(level.get('*'))).optional();
    return z.strictObject(toShape(level)).optional();
  };
  const toShape = (level: Map<string, unknown>): Record<string, z.ZodType> =>
    Object.fromEntries([...level].map(([step, below]) => [step, toSchema(below)]));
  return toShape(tree);
}

export const expectation = z
  .strictObject({
    flow: leaf.reference('the name of a flow').optional(),
    event: leaf.reference('the name of an event').optional(),
    resource: leaf.reference('the name of a resource or part').optional(),
    packets: leaf.reference('all, or the name of a device').optional(),
    cost: leaf.reference('the name of a cost item').optional(),
    at: scopeTime().optional(),
    during: z.tuple([scopeTime(), scopeTime()]).optional(),
    before: scopeTime().optional(),
    after: scopeTime().optional(),
    by: scopeTime().optional(),
    direction: leaf.word('in', 'out').optional(),
    in: leaf.matching(/^\d+(\.\d+)?%\s+of\s+runs$/, "a share of the runs such as '95% of runs'").optional(),
    ...measureShape(),
  })
  .meta(leaf.exactlyOne(['flow', 'event', 'resource', 'packets', 'cost']));
