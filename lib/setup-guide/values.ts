import type { Cloud } from '../kernel/clouds'
import { ok } from '../kernel/result'
import { parseSenderEmail } from '../validation/email-address'
import { parseClientId, parseTenantId } from '../validation/entra-identity'
import { parseProfileName } from '../validation/text'
import { invalid, type Parsed, type ValidationError } from '../validation/validation-error'
import { type Choices, DEFAULT_APP_NAME, type GuideValues, PATHS, PROOFS, TOOLS } from './choices'
import type { EvidenceRun, SavedServer } from './ports'

/** The names in the guide's address, which can be sent to a colleague: no secret is among them. */
export const GUIDE_FIELDS = ['cloud', 'tenant', 'client', 'object', 'sender', 'name', 'path', 'proof', 'tool'] as const
export type GuideField = (typeof GUIDE_FIELDS)[number]

export type AskedFor = Partial<Record<GuideField, string>>

export interface Guide {
  values: GuideValues
  choices: Choices
  /** What was typed and could not be used, as it was typed. */
  validationErrors: Partial<Record<GuideField, ValidationError>>
  /** The object id is what a token told, and nobody typed another. */
  objectIdFromToken: boolean
  /** Something was typed: the values are not simply the saved ones. */
  typed: boolean
}

interface Known {
  clouds: readonly Cloud[]
  saved: SavedServer | null
  runs: readonly EvidenceRun[]
}

/** An empty field is a gap; an absent one is what is saved. */
const optional =
  (parse: (input: unknown) => Parsed<string>) =>
  (input: string): Parsed<string | null> =>
    input.trim() === '' ? ok(null) : parse(input)

const parseObjectId = (input: string): Parsed<string | null> => {
  const parsed = optional(parseClientId)(input)
  return parsed.ok || parsed.error.key === 'id.around' ? parsed : invalid('objectId.invalid')
}

export function readGuide(asked: AskedFor, { clouds, saved, runs }: Known): Guide {
  const validationErrors: Guide['validationErrors'] = {}
  const read = <T>(field: GuideField, parse: (input: string) => Parsed<T>, otherwise: T): T => {
    const input = asked[field]
    if (input === undefined) return otherwise
    const parsed = parse(input)
    if (parsed.ok) return parsed.value
    validationErrors[field] = parsed.error
    return otherwise
  }
  const cloud =
    clouds.find(({ id }) => id === (asked.cloud ?? saved?.cloud)) ??
    clouds.find(({ id }) => id === 'global') ??
    clouds[0]
  if (!cloud) throw new Error('no cloud is built in')
  const values = {
    cloud,
    tenantId: read('tenant', optional(parseTenantId), saved?.tenantId ?? null),
    clientId: read('client', optional(parseClientId), saved?.clientId ?? null),
    sender: read('sender', optional(parseSenderEmail), saved?.sender ?? null),
    appName: read('name', optional(parseProfileName), null) ?? DEFAULT_APP_NAME,
  }
  const told = objectIdOf(runs, values)
  const typedObjectId = read('object', parseObjectId, null)
  return {
    values: { ...values, objectId: typedObjectId ?? told },
    choices: {
      path: oneOf(PATHS, asked.path) ?? (passedWithoutRole(runs, values) ? 'rbac' : 'mailbox'),
      proof: oneOf(PROOFS, asked.proof ?? saved?.proof) ?? 'secret',
      tool: oneOf(TOOLS, asked.tool) ?? 'powershell',
    },
    validationErrors,
    objectIdFromToken: told !== null && (typedObjectId ?? told) === told,
    typed: GUIDE_FIELDS.some((field) => asked[field] !== undefined),
  }
}

const oneOf = <T extends string>(values: readonly T[], text: string | null | undefined): T | null =>
  values.find((value) => value === text) ?? null

type Tied = Pick<GuideValues, 'cloud' | 'tenantId' | 'clientId' | 'sender'>

/** Whether a test was about these values; its application at least. */
export const isAboutApp = ({ values }: EvidenceRun, { cloud, tenantId, clientId }: Omit<Tied, 'sender'>): boolean =>
  values.cloud === cloud.id && values.tenantId === tenantId && values.clientId === clientId

export const isAbout = (run: EvidenceRun, values: Tied): boolean =>
  isAboutApp(run, values) && run.values.sender === values.sender

export function factOf(run: EvidenceRun, name: string): string | string[] | null {
  return run.stages.find(({ stage }) => stage === 'claims')?.facts?.[name] ?? null
}

/** The service principal's id, as the latest token of this application told it. */
function objectIdOf(runs: readonly EvidenceRun[], values: Tied): string | null {
  for (const run of runs) {
    const oid = isAboutApp(run, values) ? factOf(run, 'oid') : null
    if (typeof oid === 'string') return oid
  }
  return null
}

/** The latest accepted test had a token without the role: path B is what is in force. */
function passedWithoutRole(runs: readonly EvidenceRun[], values: Tied): boolean {
  const passed = runs.find((run) => isAbout(run, values) && run.outcome === 'accepted')
  return passed !== undefined && factOf(passed, 'warning') === 'role-missing'
}

/** The guide's address for these values and choices, gaps included. */
export function guideQuery({ values, choices }: Pick<Guide, 'values' | 'choices'>): URLSearchParams {
  return new URLSearchParams({
    cloud: values.cloud.id,
    tenant: values.tenantId ?? '',
    client: values.clientId ?? '',
    object: values.objectId ?? '',
    sender: values.sender ?? '',
    name: values.appName,
    ...choices,
  })
}
