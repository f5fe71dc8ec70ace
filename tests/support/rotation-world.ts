import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect } from 'vitest'
import { LEAN } from '../../lib/host/lean'
import { DAY_MS, MINUTE_MS } from '../../lib/kernel'
import { bundledProcess } from './bundled-process'
import { credentialsWorld } from './credentials-world'
import { caller } from './mail-server'
import type { Orders } from './rotation-process'

/** Longer than a rotation waits at these steps. At the others its lease has ended. */
const WAITS_MS: Record<string, number> = { current: 92 * MINUTE_MS, adding: 6 * MINUTE_MS }
const LEASE_OVER_MS = 100_000

interface Registered {
  appId: string
  objectId: string
  secrets: { keyId: string; displayName: string }[]
  certificates: { keyId: string; displayName: string }[]
}

/**
 * One life of a process that begins a rotation, or continues one, until it is killed at the first of the points ahead, which is then
 * removed from them.
 */
type Life = (ahead: Set<string>, begin: Orders['begin']) => Promise<void>

/** A simulator whose Graph replaces credentials, and what the tests of rotation have in common. */
export function rotationWorld({ movesDate = false } = {}) {
  const world = credentialsWorld({ federated: false, movesDate })
  const { pass, change, startServices } = world
  type TestServices = ReturnType<typeof startServices>

  const slots = async ({ credentials }: TestServices) => {
    const [own] = await credentials.slots()
    if (!own) throw new Error('no mail server')
    return own
  }
  const begun = async (own: TestServices, objectId = '') =>
    own.credentials.rotateNow(caller, { mailServerId: await mailServerId(own), objectId })
  const latest = async (own: TestServices) => (await own.credentials.rotations((await slots(own)).mailServer.id, 1))[0]
  const mailServerId = async (own: TestServices) => (await slots(own)).mailServer.id

  /** Services that are killed by an exception once at each of the points ahead, which are removed. */
  const killing = (ahead: Set<string>): TestServices =>
    startServices((point) => {
      if (ahead.delete(point)) throw new Error(`killed at ${point}`)
    })

  /** An exception leaves undone what a crash would leave undone, and is fast. */
  const byException: Life = async (ahead, begin) => {
    const { credentials } = killing(ahead)
    await (begin ? credentials.rotateNow(caller, begin) : credentials.advanceDueRotations()).catch(() => undefined)
  }

  const served = async ({ credentials }: TestServices) => {
    const login = await credentials.login(AbortSignal.timeout(30_000))
    return login.ok ? login.value.served?.slot : login.error
  }

  return Object.assign(world, {
    slots,
    killing,
    begun,
    latest,
    served,

    /** Whole days of 24 hours that a credential still has. */
    daysOf: (credential: { expiresAt: Date | null } | null | undefined): number =>
      Math.floor(((credential?.expiresAt?.getTime() ?? 0) - world.clock.now().getTime()) / DAY_MS),

    permitted: async (): Promise<void> => {
      await change('grant-graph-role', { role: 'Application.ReadWrite.OwnedBy' })
      await change('add-owner')
    },

    audits: async () =>
      (await world.database.db.auditEvent.findMany({ orderBy: { sequence: 'asc' } })).map(
        ({ action, result }) => `${action} ${result}`,
      ),

    /** The application as Microsoft has it. */
    atMicrosoft: () => applicationIn(world.simulator.ready),

    /**
     * One rotation to its end, through processes that are each killed once at the next of these points. After every crash a new one
     * checks that mail works, and continues from the database.
     *
     * @param real whether they are processes that are killed by SIGKILL; otherwise services that are killed by an exception
     * @returns points that were never reached
     */
    async killedAt(points: readonly string[], { objectId = '', real = false } = {}): Promise<string[]> {
      const whileKilled = real ? bySignal(world, await bundledProcess('rotation')) : byException
      const ahead = new Set(points)
      // What nothing kills any more runs in this process.
      const live: Life = (left, begin) => (left.size > 0 ? whileKilled : byException)(left, begin)
      await live(ahead, { mailServerId: await mailServerId(startServices()), objectId })
      for (let lives = 0; lives < 60; lives++) {
        const own = startServices()
        expect(await served(own)).toBe('current')
        const rotation = await latest(own)
        if (rotation?.endedAt) break
        expect(rotation?.nextAttemptAt).toBeInstanceOf(Date)

        pass(WAITS_MS[rotation?.step ?? ''] ?? LEASE_OVER_MS)
        await live(ahead, null)
      }
      expect(await latest(startServices())).toMatchObject({ step: 'done', fault: null })
      expect(await slots(startServices())).toMatchObject({ next: null, previous: [], rotation: null })
      return [...ahead]
    },
  })
}

/** Another process and SIGKILL: nothing that the code would still do is done. */
const bySignal =
  (world: ReturnType<typeof credentialsWorld>, bundle: string): Life =>
  async (ahead, begin) => {
    const { ready, caPem } = world.simulator
    const { url } = world.database
    const keys = world.keys.map(({ kid, key }) => ({ kid, key: key.reveal() }))
    const orders: Orders = { ready, caPem, url, keys, aheadMs: world.aheadMs, caller, begin, dieAt: [...ahead] }
    const env = { ...process.env, ORDERS: JSON.stringify(orders) }
    const child = spawn(process.execPath, [...LEAN, bundle], { env, stdio: ['ignore', 'pipe', 'inherit'] })
    let diedAt = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      diedAt += text
    })
    const [code, signal] = await once(child, 'close')
    expect([code, signal]).toEqual(ahead.delete(diedAt) ? [null, 'SIGKILL'] : [0, null])
  }

async function applicationIn({ controlUrl, clientId }: { controlUrl: string; clientId: string }): Promise<Registered> {
  const state = (await (await fetch(`${controlUrl}/state`)).json()) as {
    tenants: { applications: Registered[] }[]
  }
  const application = state.tenants.flatMap(({ applications }) => applications).find(({ appId }) => appId === clientId)
  if (!application) throw new Error('no application')
  return application
}
