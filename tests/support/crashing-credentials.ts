import type { Certificates } from '../../lib/crypto/certificates'
import type { Db } from '../../lib/db'
import { createDirectory } from '../../lib/entra'
import type { TokenSource } from '../../lib/entra/contracts'
import { composeCredentials } from '../../lib/services/credentials'

/** Called between two steps of what is done to credentials, to stop the process there or to throw. */
export type CrashPoint = (point: string) => void

/** The service of one process, which calls `crash` between its statements and its calls to Microsoft. */
export function crashingCredentials(
  crash: CrashPoint,
  common: Parameters<typeof composeCredentials>[0],
  certificates: Certificates,
) {
  const progress: Progress = { step: '', isAsked: false }
  const vendors = { ...common.vendors, tokens: crashingTokens(crash, progress, common.vendors.tokens) }
  return composeCredentials(
    { ...common, vendors, db: crashingDb(crash, progress, common.db) },
    {
      certificates: {
        ...certificates,
        async make(wish) {
          const certificate = await certificates.make(wish)
          crash('proof:made')
          return certificate
        },
      },
      directoryOf: (deps) => crashingDirectory(crash, progress, createDirectory(deps)),
    },
  )
}

interface Progress {
  /** Of the rotation when it was last read: it says what a removal at Microsoft is for. */
  step: string
  /** Entra was asked for a token of Exchange, and the answer may not be stored yet. */
  isAsked: boolean
}

const crashingTokens = (crash: CrashPoint, progress: Progress, tokens: TokenSource): TokenSource => ({
  fresh(request, signal) {
    if (request.resource === 'exchange') {
      progress.isAsked = true
      crash('test-next:asking')
    }
    return tokens.fresh(request, signal)
  },
})

function crashingDirectory(
  crash: CrashPoint,
  progress: Progress,
  directory: ReturnType<typeof createDirectory>,
): typeof directory {
  type Ask<Call extends unknown[], Answer> = (...call: Call) => Promise<Answer>
  const calling =
    <Call extends unknown[], Answer extends { ok: boolean }>(
      ask: Ask<Call, Answer>,
      points: () => [asking: string, answered: string],
    ): Ask<Call, Answer> =>
    async (...call) => {
      const [asking, answered] = points()
      crash(asking)
      const answer = await ask(...call)
      if (answer.ok) crash(answered)
      return answer
    }
  const removal = (): [string, string] => {
    if (progress.step === 'removing') return ['graph:removing', 'graph:removed']
    const why = progress.step === 'added' ? 'given-up' : 'leftover'
    return [`graph:${why}-removing`, `graph:${why}-removed`]
  }
  return {
    ...directory,
    addPassword: calling(directory.addPassword, () => ['graph:asking', 'graph:answered']),
    addKey: calling(directory.addKey, () => ['proof:adding', 'proof:answered']),
    removePassword: calling(directory.removePassword, removal),
    removeKey: calling(directory.removeKey, removal),
  }
}

/** Plain SQL has no model, and its text as `strings`. */
interface Statement {
  model?: string
  operation: string
  args: { data?: Record<string, unknown>; where?: Record<string, unknown>; strings?: readonly string[] }
}

function crashingDb(crash: CrashPoint, progress: Progress, db: Db): Db {
  /** What the open transaction does. */
  let change = ''
  const $allOperations = async ({ query, ...statement }: Statement & { query(args: object): Promise<unknown> }) => {
    const { model, operation, args } = statement
    if (isAddedAtMicrosoft(statement)) crash('proof:kept')
    const result = await query(args)
    if (model === 'Rotation' && operation === 'findUnique')
      progress.step = (result as { step: string } | null)?.step ?? ''
    if (model === 'Rotation' && operation === 'findFirst' && progress.isAsked) {
      progress.isAsked = false
      crash('test-next:asked')
    }
    const isAudit = args.strings?.some((text) => text.includes('INSERT INTO "AuditEvent"'))
    const point = isAudit ? `${change}:audit` : pointAfter(statement)
    if (point) {
      change = point.split(':')[0] ?? ''
      crash(point)
    }
    return result
  }
  return db.$extends({ query: { $allOperations } } as object) as unknown as Db
}

/** The transaction before has stored what Graph said about the new certificate. */
const isAddedAtMicrosoft = ({ model, operation, args: { data, where } }: Statement): boolean =>
  model === 'Rotation' && operation === 'updateMany' && where?.step === 'adding' && data?.step === 'added'

function pointAfter({ model, operation, args: { data = {}, where = {} } }: Statement): string | null {
  switch (`${model}.${operation}`) {
    case 'Credential.create':
      return 'add-next:credential'
    case 'Rotation.create':
      return data.nextId ? 'add-next:rotation' : null
    case 'Rotation.updateMany':
      if (data.nextId) return 'add-next:rotation'
      if (where.id) return 'step-rotation:row'
      return data.step === 'given-up' ? 'discard-next:credential' : null
    case 'Credential.update':
      return data.slot === 'previous' ? 'make-current:previous' : null
    case 'MailServer.update':
      return 'make-current:current'
    case 'MailServerRevision.create':
      return 'make-current:revision'
    case 'Credential.updateMany':
      return where.slot === 'previous' && data.sealed === null ? 'remove:credential' : null
    default:
      return null
  }
}
