import { expect } from 'vitest'
import { caller } from '../lib/wiring/mail-server.fixture'
import { credentialsWorld } from './credentials-world'

export const MINUTE_MS = 60_000
export const DAY_MS = 24 * 60 * MINUTE_MS
/** Longer than a rotation waits by itself at a step; at the others its lease is over. */
const WAITS_MS: Record<string, number> = { current: 92 * MINUTE_MS, adding: 6 * MINUTE_MS }
const LEASE_OVER_MS = 100_000

interface Registered {
  appId: string
  objectId: string
  secrets: { keyId: string; displayName: string }[]
  certificates: { keyId: string; displayName: string }[]
}

/** A false Microsoft whose Graph replaces credentials, and what the tests of that ask again and again. */
export function rotationWorld({ movesDate = false } = {}) {
  const world = credentialsWorld({ federated: false, movesDate })
  const { pass, change, rooms } = world
  type Rooms = ReturnType<typeof rooms>

  const slots = async ({ credentials }: Rooms) => {
    const [own] = await credentials.slots()
    if (!own) throw new Error('no mail server')
    return own
  }
  const begun = async (own: Rooms, objectId = '') =>
    own.credentials.rotateNow(caller, { mailServerId: (await slots(own)).mailServer.id, objectId })
  const latest = async (own: Rooms) => (await own.credentials.rotations((await slots(own)).mailServer.id, 1))[0]
  const served = async ({ credentials }: Rooms) => {
    const login = await credentials.login(AbortSignal.timeout(30_000))
    return login.ok ? login.value.served?.slot : login.error
  }

  return Object.assign(world, {
    slots,
    begun,
    latest,
    served,

    permitted: async (): Promise<void> => {
      await change('grant-graph-role', { role: 'Application.ReadWrite.OwnedBy' })
      await change('add-owner')
    },

    audits: async () =>
      (await world.database.db.auditEvent.findMany({ orderBy: { sequence: 'asc' } })).map(
        ({ action, result }) => `${action} ${result}`,
      ),

    /** The application as Microsoft has it. */
    async atMicrosoft(): Promise<Registered> {
      const state = (await (await fetch(`${world.simulator.ready.controlUrl}/state`)).json()) as {
        tenants: { applications: Registered[] }[]
      }
      const own = state.tenants
        .flatMap(({ applications }) => applications)
        .find(({ appId }) => appId === world.simulator.ready.clientId)
      if (!own) throw new Error('no application')
      return own
    },

    /**
     * One rotation to its end, through processes that are each killed once at the next of these points; after every death a new
     * one looks whether mail works, and goes on from the database.
     *
     * @returns points that were never reached.
     */
    async killedAt(points: readonly string[], objectId = ''): Promise<string[]> {
      const ahead = new Set(points)
      const killing = () =>
        rooms((point) => {
          if (ahead.delete(point)) throw new Error(`killed at ${point}`)
        })
      await begun(killing(), objectId).catch(() => undefined)
      for (let lives = 0; lives < 60; lives++) {
        const own = rooms()
        expect(await served(own)).toBe('current')
        const rotation = await latest(own)
        if (rotation?.endedAt) break
        expect(rotation?.nextTryAt).toBeInstanceOf(Date)

        pass(WAITS_MS[rotation?.step ?? ''] ?? LEASE_OVER_MS)
        await killing()
          .credentials.goOn()
          .catch(() => undefined)
      }
      expect(await latest(rooms())).toMatchObject({ step: 'done', fault: null })
      expect(await slots(rooms())).toMatchObject({ next: null, retired: [], rotation: null })
      return [...ahead]
    },
  })
}
