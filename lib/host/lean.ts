/**
 * Each process at rest is 50 MB smaller for the first three: the database client is WebAssembly of which we use a part, compiled as it
 * is called and not optimised behind our backs. The last, in percent, is how much may come on top of what is referred to before
 * V8 collects: by itself it lets a young process gather three times as much (decision 21).
 */
const FLAGS = ['--wasm-lazy-compilation', '--no-wasm-tier-up', '--no-wasm-dynamic-tiering', '--heap-growing-percent=20']

/** Arguments for Node. Said in JavaScript, since Node refuses to start on a flag that its V8 no longer has. */
export const LEAN: readonly string[] = [
  '--import',
  `data:text/javascript,import v8 from "node:v8";for(const f of ${JSON.stringify(FLAGS)})v8.setFlagsFromString(f)`,
]
