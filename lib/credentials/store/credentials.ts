import type { Prisma } from '../../db/generated/client'
import type { Cloud } from '../../kernel/clouds'
import { destinationOf, type MailServerSettings, storedSettings } from '../../kernel/mail-server-settings'
import type { Credential } from '../credential'
import { pickFallback } from '../fallback'
import { type CrashPoint, type CredentialServer, type CredentialStore, nowhere } from '../ports'
import type { CredentialStoreDeps } from './deps'
import { credentialProbes } from './probes'
import { rotations } from './rotations'
import { credentialOf, storedCredentialOf } from './rows'
import { slotSteps } from './slots'
import { warnedCredentials } from './warnings'
import { credentialWatch } from './watch-settings'

const SLOT_ORDER: Record<Credential['slot'], number> = { current: 0, next: 1, previous: 2 }

export function createCredentialStore(
  deps: Omit<CredentialStoreDeps, 'crash'> & { crash?: CrashPoint },
): CredentialStore {
  const { db, clouds, crash = nowhere } = deps
  const all = { ...deps, crash }

  async function server(id: string): Promise<CredentialServer | null> {
    const row = await db.mailServer.findUnique({ where: { id, removedAt: null } })
    return row && serverOf(row, clouds)
  }

  return {
    ...slotSteps(all),
    ...credentialProbes(all),
    ...rotations(all),
    ...credentialWatch(all),
    warned: (now) => warnedCredentials(db, now),

    server,
    async servers() {
      const rows = await db.mailServer.findMany({
        where: { version: { gt: 0 }, removedAt: null },
        orderBy: [{ isDefault: 'desc' }, { createdAt: 'asc' }],
      })
      return rows.map((row) => serverOf(row, clouds))
    },

    async defaultServerId() {
      const row = await db.mailServer.findFirst({ where: { isDefault: true }, select: { id: true } })
      return row?.id ?? null
    },

    async list() {
      const rows = await db.credential.findMany({
        where: { removedAt: null },
        orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      })
      return rows.map(credentialOf).sort((a, b) => SLOT_ORDER[a.slot] - SLOT_ORDER[b.slot])
    },

    async byId(id) {
      const row = await db.credential.findUnique({ where: { id } })
      return row && storedCredentialOf(row)
    },

    async slots(mailServerId, now) {
      const [found, rows] = await Promise.all([
        server(mailServerId),
        db.credential.findMany({
          where: {
            mailServerId,
            removedAt: null,
            OR: [{ slot: { in: ['current', 'next'] } }, { slot: 'previous', fallbackUntil: { gt: now } }],
          },
        }),
      ])
      if (!found) return null
      const held = rows.map(storedCredentialOf)
      const inSlot = (slot: Credential['slot']) => held.find((candidate) => candidate.slot === slot) ?? null
      const previous = held.filter(({ slot }) => slot === 'previous')
      return { server: found, current: inSlot('current'), next: inSlot('next'), fallback: pickFallback(previous, now) }
    },
  }
}

function submissionOf(
  settings: MailServerSettings | null,
  cloud: Cloud | null | undefined,
): CredentialServer['submission'] {
  if (settings?.type === 'smtp') return { host: settings.host, port: settings.port, security: settings.security }
  return cloud ? { host: cloud.smtpHost, port: cloud.smtpPort, security: 'starttls' } : null
}

function serverOf(row: Prisma.MailServerGetPayload<object>, clouds: readonly Cloud[]): CredentialServer {
  const settings = storedSettings(row.settings)
  const exchange = settings?.type === 'exchange-online-oauth2' ? settings : null
  const cloud = exchange && clouds.find(({ id }) => id === exchange.cloud)
  return {
    id: row.id,
    name: row.name,
    version: row.version,
    // Settings that cannot be read have no destination, so nothing is asked and nothing opens (F-54).
    type: settings?.type ?? 'smtp',
    senderAddress: settings?.senderAddress ?? '',
    senderName: settings?.senderName ?? '',
    submission: submissionOf(settings, cloud),
    destination: settings && destinationOf(settings, clouds),
    exchange: exchange && cloud ? { cloud, tenantId: exchange.tenantId, clientId: exchange.clientId } : null,
  }
}
