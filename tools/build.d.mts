import type { BuildOptions } from 'esbuild'

export const WHOLE: BuildOptions
