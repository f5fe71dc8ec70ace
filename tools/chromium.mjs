import { existsSync } from 'node:fs'
import { installPackages } from './debian.mjs'

/** Where Chromium may be installed, in order of preference. `CHROMIUM` names another place. */
const PLACES = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
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

/** Null where none is installed. */
export function findChromium() {
  return PLACES.find((place) => place && existsSync(place)) ?? null
}

/** Chromium, installed from Debian's package if it is missing. Null if it is not there and cannot be installed from here. */
export function ensureChromium() {
  const installed = findChromium()
  return installed || !installPackages('chromium') ? installed : findChromium()
}
