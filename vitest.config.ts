import { defineConfig } from 'vitest/config';

/** The fast suite, or the slow one alone, which looks at every scenario from more sides. */
const isSlow = process.env.VPCSIM_SUITE === 'slow';

export default defineConfig({
  test: {
    include: [isSlow ? 'test/slow/**/*.test.ts' : 'test/**/*.test.ts'],
    exclude: isSlow ? [] : ['test/slow/**'],
    testTimeout: 20_000,
    isolate: false,
    maxWorkers: '100%',
  },
});
