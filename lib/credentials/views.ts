import type { Credential } from './credential'
import type { CredentialView, SlotsView } from './deps'
import { outlookOf } from './expiry'
import { pickFallback } from './fallback'
import type { CredentialServer, CredentialStore } from './ports'
import { isPropagating } from './propagation'
import { whyKept } from './rotation/make-current'

type ViewDeps = { store: CredentialStore; clock: { now(): Date } }

/** Every credential that is kept, the ones in use first. Four queries, however many there are. */
export async function listed({ store, clock }: ViewDeps): Promise<CredentialView[]> {
  const now = clock.now()
  const [servers, credentials, { thresholdsDays }] = await Promise.all([store.servers(), store.list(), store.watch()])
  const probes = await store.latestProbes(credentials.map(({ id }) => id))
  return credentials.flatMap((credential) => {
    const server = servers.find(({ id }) => id === credential.mailServerId)
    if (!server) return []
    const own = credentials.filter(({ mailServerId }) => mailServerId === server.id)
    const fallback = pickFallback(
      own.filter(({ slot }) => slot === 'previous'),
      now,
    )
    const current = own.find(({ slot }) => slot === 'current') ?? null
    return {
      ...credential,
      ...outlookOf(credential, thresholdsDays, now),
      isPropagating: isPropagating(credential, now),
      mailServer: nameOf(server),
      datesDiffer: datesDiffer(credential),
      latestProbe: probes.get(credential.id) ?? null,
      isFallback: credential.id === fallback?.id && fallback.refusedAt === null,
      carriedBy: credential.slot === 'current' ? carriedBy(credential, fallback) : null,
      keptBecause: credential.slot === 'previous' ? whyKept(credential, { current, fallback }, now) : null,
    }
  })
}

/** Each mail server with its slots and what is under way. */
export async function slotsOf(deps: ViewDeps): Promise<SlotsView[]> {
  const [views, servers] = await Promise.all([listed(deps), deps.store.servers()])
  return Promise.all(
    servers.map(async (server) => {
      const own = views.filter(({ mailServerId }) => mailServerId === server.id)
      const previous = own.filter(({ slot }) => slot === 'previous')
      return {
        mailServer: {
          ...nameOf(server),
          version: server.version,
          tenantId: server.exchange?.tenantId ?? null,
          clientId: server.exchange?.clientId ?? null,
        },
        current: own.find(({ slot }) => slot === 'current') ?? null,
        next: own.find(({ slot }) => slot === 'next') ?? null,
        previous: previous.sort((a, b) => (b.replacedAt?.getTime() ?? 0) - (a.replacedAt?.getTime() ?? 0)),
        rotation: await deps.store.openRotation(server.id),
      }
    }),
  )
}

const nameOf = ({ id, name, type, senderAddress }: CredentialServer): CredentialView['mailServer'] => ({
  id,
  name,
  type,
  senderAddress,
})

const dayOf = (date: Date): string => date.toISOString().slice(0, 10)

/** Whoever types a date knows the day; Graph tells the second. */
const datesDiffer = ({ expiresAt, expirySource, foundExpiresAt }: Credential): boolean =>
  expirySource === 'typed' &&
  expiresAt !== null &&
  foundExpiresAt !== null &&
  dayOf(expiresAt) !== dayOf(foundExpiresAt)

/** Mail is sent with the fallback from the moment that Entra rejects the current credential. */
function carriedBy(current: Credential, fallback: Credential | null): CredentialView['carriedBy'] {
  if (current.refusedAt === null || fallback?.fallbackUntil == null || fallback.refusedAt !== null) return null
  return { credentialId: fallback.id, until: fallback.fallbackUntil }
}
