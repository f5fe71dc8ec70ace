// Installs the programs that some tests need, and names those that are still missing. `--soak`: of a soak too.
import process from 'node:process'
import { ensureTestPackages } from './debian.mjs'
import { ensureOtherNodes } from './other-nodes.mjs'

const missing = ensureTestPackages({ soak: process.argv.includes('--soak') })
if (missing.length > 0) console.log(`Tests that need one of these are skipped: ${missing.join(', ')} (Debian packages)`)
ensureOtherNodes()
