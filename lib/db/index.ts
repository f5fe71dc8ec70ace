export { chainKeysOf, createDb, type Db, type DbDeps, direct, type Keep, QUEUE_MS, read, type Tx } from './client'
export {
  bindCurrent,
  createDatabaseClock,
  createSharedClock,
  type DatabaseClock,
  type SharedClock,
  SYNC_MS,
} from './clock'
export { Prisma } from './generated/client'
export { named, ONLY_ROW } from './one-row'
export { inOneStep, inUniqueStep, rollBack } from './one-step'
