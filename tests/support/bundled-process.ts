import path from 'node:path'
import { askBroker } from './broker'
import type { PROCESSES } from './bundle'

/** @returns the path of the bundle of `tests/support/<name>-process.ts`. The run makes it together with the others when it is first asked for one. */
export const bundledProcess = async (name: (typeof PROCESSES)[number]): Promise<string> =>
  path.join((await askBroker('bundles')).folder, `${name}-process.mjs`)
