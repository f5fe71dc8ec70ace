import type { Db, Prisma } from '../../db'
import { recordOf, type Stage } from '../../kernel'
import { DIAGNOSIS_CODES, type DiagnosisCode } from '../../kernel/diagnosis-code'
import { storedSettings } from '../../kernel/mail-server-settings'
import { readDeliveryHealth } from '../../mail-server/store/pauses'
import { currentDigest } from '../../mail-server/store/test-runs'
import { sameAddress } from '../../policy/sender'
import type { GuideCredential } from '../choices'

/** The values that connect a test, or the saved settings, with those of the guide. */
export type TestedValues = NonNullable<ReturnType<typeof valuesIn>>

/** The saved settings of a mail server that uses Exchange Online. */
export interface SavedServer extends TestedValues {
  version: number
  /** `secretless` if the deployment provides the credential, as with a managed identity. Null if none is stored. */
  credential: GuideCredential | 'secretless' | null
  /** A message from its own sender that was accepted with these settings; null if none was. `messageId` is null if it has been deleted. */
  delivered: { messageId: string | null; at: Date } | null
}

/** One test and what it showed, or an accepted message, which shows the same without a token to look into. */
export interface TestRun {
  id: string
  /** Whether `id` is that of a message. */
  isMessage?: true
  /** The name of the other mail server that it belongs to. */
  server?: string
  startedAt: Date
  values: TestedValues
  /** Whether it tested the settings that are saved now, including the secret. */
  current: boolean
  dryRun: boolean
  outcome: 'accepted' | 'ready' | 'failed'
  code: DiagnosisCode | null
  stages: readonly { stage: Stage; state: string; facts?: Record<string, string | string[]> }[]
}

const CREDENTIAL_OF: Record<string, SavedServer['credential']> = {
  'client-secret': 'secret',
  certificate: 'certificate',
  'federated-token': 'secretless',
  'managed-identity': 'secretless',
}

/** Null if nothing is saved for this mail server, or if it does not use Exchange Online. */
export async function loadSavedServer(db: Db, id: string): Promise<SavedServer | null> {
  const row = await db.mailServer.findUnique({
    where: { id, version: { gt: 0 }, removedAt: null },
    select: { version: true, settings: true, credential: { select: { kind: true } } },
  })
  const values = row && valuesIn(row.settings)
  if (!values) return null
  const { version } = row
  const delivered = await deliveredFrom(db, { id, version, ...values })
  return { ...values, version, credential: CREDENTIAL_OF[row.credential?.kind ?? ''] ?? null, delivered }
}

/** The newest attempt if it was accepted from the own sender, otherwise the message that verified the settings, which may have been deleted. */
async function deliveredFrom(db: Db, { id, version, sender }: { id: string; version: number; sender: string }) {
  const { latestAttempt, verifiedBy } = await readDeliveryHealth(db, id, version)
  if (latestAttempt?.acceptedFrom && sameAddress(latestAttempt.acceptedFrom, sender))
    return { messageId: latestAttempt.messageId, at: latestAttempt.at }
  if (!verifiedBy) return null
  const message = await db.message.findUnique({ where: { id: verifiedBy.messageId }, select: { id: true } })
  return { messageId: message?.id ?? null, at: verifiedBy.at }
}

/** Enough to find the newest test that says something about each step. */
const TEST_RUNS_READ = 60

/** Tests of this mail server with Exchange Online, newest first. */
export async function listTestRuns(db: Db, mailServerId: string): Promise<TestRun[]> {
  const [rows, current] = await Promise.all([
    db.testRun.findMany({
      where: { mailServerId, settings: { path: ['type'], equals: 'exchange-online-oauth2' }, asSender: null },
      orderBy: [{ startedAt: 'desc' }, { id: 'desc' }],
      take: TEST_RUNS_READ,
      select: recordOf(
        ['id', 'startedAt', 'settings', 'digest', 'dryRun', 'outcome', 'diagnosisCode', 'stages'],
        () => true as const,
      ),
    }),
    currentDigest(db, mailServerId),
  ])
  return rows.flatMap(({ settings, digest, outcome, diagnosisCode, stages, ...row }): TestRun[] => {
    const values = valuesIn(settings)
    if (!values) return []
    return [
      {
        ...row,
        values,
        current: digest !== null && digest === current,
        outcome: outcome === 'accepted' || outcome === 'ready' ? outcome : 'failed',
        code: DIAGNOSIS_CODES.find((code) => code === diagnosisCode) ?? null,
        stages: stages as unknown as TestRun['stages'],
      },
    ]
  })
}

/** Each of them costs the page its tests and its latest message. */
const SHARERS_MAX = 3

/** The other mail servers that sign in with this application; first those that delivered last. */
export async function listSharers(db: Db, mailServerId: string, application: Record<string, string>) {
  const isItsOwn = Object.entries(application).map(([name, equals]) => ({ settings: { path: [name], equals } }))
  return db.mailServer.findMany({
    where: { id: { not: mailServerId }, version: { gt: 0 }, removedAt: null, AND: isItsOwn },
    orderBy: { deliveredAt: { sort: 'desc', nulls: 'last' } },
    take: SHARERS_MAX,
    select: { id: true, name: true },
  })
}

function valuesIn(settings: Prisma.JsonValue) {
  const stored = storedSettings(settings)
  if (stored?.type !== 'exchange-online-oauth2') return null
  const { cloud, tenantId, clientId, senderAddress: sender } = stored
  return { cloud, tenantId, clientId, sender }
}
