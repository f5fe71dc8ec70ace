// Installs the programs that tests need, and names those of them that are still missing. With `--soak` it includes the programs of a soak.
import process from 'node:process'
import { ensureChromium } from './chromium.mjs'
import { ensureTestPackages } from './debian.mjs'
import { ensureOtherNodes } from './other-nodes.mjs'

// From npm, at the same time as Debian's packages: one after the other they took longer than set-up and build.
const otherNodes = ensureOtherNodes()
const missing = ensureTestPackages({ soak: process.argv.includes('--soak') })
if (missing.length > 0) console.log(`Tests that need one of these are skipped: ${missing.join(', ')} (Debian packages)`)
ensureChromium()
await otherNodes
