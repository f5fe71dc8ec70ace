import { bind } from '../../kernel/bind'
import { checkRight, countToMute, muteMatching, rows, setMuted, status, view } from './list'
import { begin, type InventoryDeps, runDailyScan, work } from './scan'

/** Every app registration of the tenant, if an administrator wants that. They are read, stored and shown, and never changed. */
export const createInventory = (deps: InventoryDeps) =>
  bind(deps, { view, status, checkRight, begin, work, runDailyScan, setMuted, countToMute, muteMatching, rows })
