import type { DbDeps } from '../db'
import { dayText } from '../kernel'
import type { CredentialsDeps } from './deps'
import { outlookOf } from './expiry'
import { pickFallback } from './fallback'
import { bordersOf } from './inventory/types'
import { isPropagating } from './propagation'
import { type Warning, warningsOf } from './reminders/warnings'
import { reasonToKeep } from './rotation/remove'
import { listApiKeys, nearestKeys, nextKeys } from './store/api-keys'
import { type Credential, listCredentials, namedCredentials } from './store/credentials'
import { latestProbes } from './store/probes'
import { openRotations } from './store/rotations'
import { type CredentialServer, listServers } from './store/servers'
import { warnedCredentials } from './store/warnings'
import { readWatch } from './store/watch-settings'

/** A credential as the page, the command line, reminders and the calendar see it. It contains no secret. */
export type CredentialView = Awaited<ReturnType<typeof list>>[number]

export type ApiKeyView = Awaited<ReturnType<typeof apiKeys>>[number]

/** Everything that expires: what reminders, the calendar and the list of expiry dates are about. */
export type ExpiringView = CredentialView | ApiKeyView

/** The mail server or the client that uses it, and the address that it sends from. */
export const holderOf = (view: ExpiringView): { name: string; address: string } =>
  view.kind === 'api-key'
    ? { name: view.client.name, address: view.client.senders.join(', ') }
    : { name: view.mailServer.name, address: view.mailServer.senderAddress }

type ViewDeps = Pick<CredentialsDeps, 'db' | 'clouds' | 'clock'>

export type SlotsView = Awaited<ReturnType<typeof slots>>[number]

/** Each mail server, or those of `only`, with its slots and the rotation that has not ended. Five queries, however many there are. */
export async function slots({ db, clouds, clock }: ViewDeps, only?: readonly string[]) {
  const now = clock.now()
  const [servers, credentials, { thresholdsDays }, rotations] = await Promise.all([
    listServers({ db, clouds }, only),
    listCredentials(db, only),
    readWatch(db),
    openRotations(db),
  ])
  const ids = credentials.map(({ id }) => id)
  const probes = await latestProbes(db, ids)
  return servers.map((server) => {
    const siblings = credentials.filter(({ mailServerId }) => mailServerId === server.id)
    const current = siblings.find(({ slot }) => slot === 'current') ?? null
    const next = siblings.find(({ slot }) => slot === 'next') ?? null
    const previous = siblings.filter(({ slot }) => slot === 'previous')
    const fallback = pickFallback(previous, now)
    const viewOf = (credential: Credential) => ({
      ...credential,
      ...outlookOf(credential, thresholdsDays, now),
      /** It is new and Entra does not know it yet, so refusals do not count. */
      isPropagating: isPropagating(credential, now),
      mailServer: nameOf(server),
      /** Whether Graph reports another day than the one that was typed. */
      datesDiffer: datesDiffer(credential),
      latestProbe: probes.get(credential.id) ?? null,
      /** The previous credential that is used if Entra rejects the current one, and that Entra did not reject itself. */
      isFallback: credential.id === fallback?.id && fallback.refusedAt === null,
      /** If it is current and Entra rejects it: the previous credential that mail is sent with, and until when. Null otherwise. */
      carriedBy: credential.slot === 'current' ? carriedBy(credential, fallback) : null,
      /** Why removing it would be refused now, or null if it may be removed or is not a previous credential. */
      keptBecause: credential.slot === 'previous' ? reasonToKeep(credential, { current, fallback }, now) : null,
    })
    return {
      mailServer: {
        ...nameOf(server),
        version: server.version,
        /** Where it accepts mail. */
        host: server.submission?.host ?? null,
      },
      current: current && viewOf(current),
      next: next && viewOf(next),
      /** Previous credentials whose secret is still stored, newest first. One of them may be the fallback. */
      previous: previous
        .sort((a, b) => (b.replacedAt?.getTime() ?? 0) - (a.replacedAt?.getTime() ?? 0))
        .map((credential) => viewOf(credential)),
      rotation: rotations.find(({ mailServerId }) => mailServerId === server.id) ?? null,
    }
  })
}

/** Every credential that was not removed, those in use first. */
export async function list(deps: ViewDeps, only?: readonly string[]) {
  const all = await slots(deps, only)
  const [current, next] = [all.map((each) => each.current), all.map((each) => each.next)]
  return [...current, ...next, ...all.flatMap(({ previous }) => previous)].filter((view) => view !== null)
}

/** The API keys that expire, by the name of their client. */
export async function apiKeys({ db, clock }: Pick<ViewDeps, 'db' | 'clock'>, only?: readonly string[]) {
  const now = clock.now()
  const [keys, { thresholdsDays }] = await Promise.all([listApiKeys(db, only), readWatch(db)])
  const neverOfKeys = { isPropagating: false, isFallback: false, datesDiffer: false, carriedBy: null } as const
  return keys.map((key) => ({ ...key, ...outlookOf(key, thresholdsDays, now), ...neverOfKeys }))
}

/** Of thousands of API keys, the `max` that no warning is about and that expire next, and how many keys in use each owner has. */
export async function keysAhead(deps: Pick<ViewDeps, 'db' | 'clock'>, max: number) {
  const { thresholdsDays } = await readWatch(deps.db)
  const { next, owned } = await nextKeys(deps.db, bordersOf(thresholdsDays, deps.clock.now()).soon, max)
  return { next: await apiKeys(deps, next), owned }
}

/** @param ids of credentials and clients, of which also the other credentials of their mail servers are read; all if not given */
export async function expiring(deps: ViewDeps, ids?: readonly string[]): Promise<ExpiringView[]> {
  const servers = ids && (await namedCredentials(deps.db, ids)).map(({ mailServer }) => mailServer.id)
  return (await Promise.all([list(deps, servers), apiKeys(deps, ids)])).flat()
}

/** A system that reads the metrics keeps a series for each of them, and a calendar would have megabytes. */
const KEYS_MEASURED_MAX = 500

/** Credentials, and the API keys whose expiry date is nearest. */
export const measured = async (deps: ViewDeps): Promise<ExpiringView[]> => [
  ...(await list(deps)),
  ...(await apiKeys(deps, await nearestKeys(deps.db, deps.clock.now(), KEYS_MEASURED_MAX))),
]

export const byId = async (deps: ViewDeps, id: string): Promise<CredentialView | null> =>
  (await list(deps)).find((view) => view.id === id) ?? null

/** What must not be overlooked, worst first; one query. */
export async function warnings({ db, clock }: DbDeps): Promise<Warning[]> {
  const now = clock.now()
  const { credentials, thresholdsDays } = await warnedCredentials(db, now)
  return warningsOf(credentials, { thresholdsDays, now })
}

const nameOf = ({ id, name, type, senderAddress }: CredentialServer) => ({ id, name, type, senderAddress })

/** Days are compared, because a person types a day and Graph reports a second. */
const datesDiffer = ({ expiresAt, expirySource, foundExpiresAt }: Credential): boolean =>
  expirySource === 'typed' &&
  expiresAt !== null &&
  foundExpiresAt !== null &&
  dayText(expiresAt) !== dayText(foundExpiresAt)

/** Mail is sent with the fallback as soon as Entra rejects the current credential. */
function carriedBy(current: Credential, fallback: Credential | null) {
  if (current.refusedAt === null || fallback?.fallbackUntil == null || fallback.refusedAt !== null) return null
  // Without an expiry date `until` is only the longest time that a secret can be valid.
  return { credentialId: fallback.id, until: fallback.fallbackUntil, isDated: fallback.expiresAt !== null }
}

/** A stored certificate as DER, to upload in the portal, or null if no credential has this id, or if it is no certificate. */
export async function certificateFile(deps: CredentialsDeps, id: string) {
  const view = await byId(deps, id)
  if (!view?.certificate || !view.thumbprint) return null
  const name = `postroom-${view.thumbprint.slice(0, 8).toLowerCase()}.cer`
  return { name, bytes: deps.certificates.der(view.certificate) }
}
