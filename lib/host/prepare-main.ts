import { readEnvironment } from '../config/environment'
import { logToStandardError } from '../config/logger'
import { systemClock } from '../kernel'
import { Redacted } from '../kernel/redacted'
import { faultOfThrown, type Migrated, type Prepared, type PrepareFault, prepare, wishesOf } from './prepare'

/**
 * A short-lived process of the start: migrations and sign-in bring megabytes that the host, which stays, does not need. It
 * answers by one message to its parent, and says before that what it has migrated.
 */
export interface PrepareAsk {
  keysFile: string
  keysFileGiven: boolean
  /** Set up this administrator instead of printing a link; for the demonstration. */
  firstAdmin: { email: string; name: string; password: string } | null
}

export type PrepareAnswer =
  | PrepareFault
  | (Prepared & {
      kind: 'ready'
      /** Keys that are missing, or are not what their ids say. */
      keyProblems: string[]
      /** While there is no operator: where the first one is made, once. */
      setUpUrl: string | null
    })

export type PrepareMessage = PrepareAnswer | (Migrated & { kind: 'migrated' })
const send = (message: PrepareMessage, sent = () => {}) => process.send?.(message, sent)

async function answer({ keysFile, keysFileGiven, firstAdmin }: PrepareAsk): Promise<PrepareAnswer> {
  logToStandardError()
  const read = readEnvironment(process.env)
  if (!read.ok) return { kind: 'stop', variable: read.error.variable, message: read.error.problem }
  const onMigrated = (done: Migrated) => void send({ kind: 'migrated', ...done })
  const wishes = { ...wishesOf(read.value, { keysFile, keysFileGiven }), makeKey: true, onMigrated }
  const prepared = await prepare(read.value.databaseUrl ?? new Redacted(''), wishes)
  if (!prepared.ok) return prepared.error
  const { servicesOfProcess } = await import('../services/create')
  const { beginKeyedRecord, checkKeys } = await import('../operations/rotate-keys')
  const { replaceKeyedDigests } = await import('../mail-server/senders/cache')
  const { createVault } = await import('../crypto/vault')
  const { setUpPath } = await import('../accounts/set-up-link')
  const joined = servicesOfProcess()
  const { environment, signIn, db } = joined
  try {
    await joined.clock.current()
    const keyProblems = (await checkKeys(joined)).map(({ kid, problem: what }) => `${kid}: ${what}`)
    await beginKeyedRecord(joined)
    const vaults = environment.keys.map((key) => createVault([key], systemClock))
    await replaceKeyedDigests({ environment, db, vaults })
    const token = await signIn.ensureSetupToken()
    const ready = { kind: 'ready', ...prepared.value, keyProblems } as const
    if (token === null) return { ...ready, setUpUrl: null }
    if (firstAdmin === null) return { ...ready, setUpUrl: new URL(setUpPath(token), environment.baseUrl).href }
    const call = { headers: new Headers(), origin: { address: null, requestId: 'demo' } }
    const { email, name, password } = firstAdmin
    const done = await signIn.setUp(call, { token, email, name, password: new Redacted(password) })
    if (!done.ok) return { kind: 'stop', variable: null, message: `no administrator: ${JSON.stringify(done.error)}` }
    return { ...ready, setUpUrl: null }
  } finally {
    await db.$disconnect()
  }
}

process.once('message', async (ask) => {
  try {
    const reply = await answer(ask as PrepareAsk).catch(faultOfThrown)
    send(reply, () => process.exit(0))
  } catch (thrown) {
    process.stderr.write(`${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}\n`)
    process.exit(1)
  }
})
