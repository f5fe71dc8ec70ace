import { type Cloud, ok } from '../kernel'
import { defaultFields } from '../mail-server/form-fields'
import { parseSenderEmail } from '../validation/email-address'
import { parseClientId, parseTenantId } from '../validation/entra-identity'
import { parseProfileName } from '../validation/text'
import { invalid, type Parsed, type ValidationError } from '../validation/validation-error'
import { type Choices, DEFAULT_APP_NAME, GUIDE_CREDENTIALS, type GuideValues, PATHS, TOOLS } from './choices'
import type { SavedServer, TestRun } from './store/evidence'

/** The query parameters of the guide. Its address can be sent to a colleague, so no secret is among them. */
export const GUIDE_FIELDS = ['cloud', 'tenant', 'client', 'object', 'sender', 'name', 'path', 'proof', 'tool'] as const
export type GuideField = (typeof GUIDE_FIELDS)[number]

export type GuideQuery = Partial<Record<GuideField, string>>

export interface Guide {
  values: GuideValues
  choices: Choices
  /** What is wrong with the values that were entered and cannot be used. */
  validationErrors: Partial<Record<GuideField, ValidationError>>
  /** The Object ID was read from a token and not entered differently. */
  objectIdFromToken: boolean
  /** Some values were entered, so they are not simply the saved ones. */
  typed: boolean
}

interface Known {
  clouds: readonly Cloud[]
  saved: SavedServer | null
  runs: readonly TestRun[]
}

/** An empty field is a gap. An absent field has the saved value. */
const optional =
  (parse: (input: unknown) => Parsed<string>) =>
  (input: string): Parsed<string | null> =>
    input.trim() === '' ? ok(null) : parse(input)

const parseObjectId = (input: string): Parsed<string | null> => {
  const parsed = optional(parseClientId)(input)
  return parsed.ok || parsed.error.key === 'id.around' ? parsed : invalid('objectId.invalid')
}

export function readGuide(query: GuideQuery, { clouds, saved, runs }: Known): Guide {
  const entered = (field: GuideField): string | undefined => query[field]
  const validationErrors: Guide['validationErrors'] = {}
  const read = <T>(field: GuideField, parse: (input: string) => Parsed<T>, otherwise: T): T => {
    const input = entered(field)
    if (input === undefined) return otherwise
    const parsed = parse(input)
    if (parsed.ok) return parsed.value
    validationErrors[field] = parsed.error
    return otherwise
  }
  const cloudId = entered('cloud') ?? saved?.cloud ?? defaultFields(clouds).cloud
  const cloud = clouds.find(({ id }) => id === cloudId) ?? null
  if (!cloud) validationErrors.cloud = { key: 'choice.cloud' }
  const values = {
    cloud,
    tenantId: read('tenant', optional(parseTenantId), saved?.tenantId ?? null),
    clientId: read('client', optional(parseClientId), saved?.clientId ?? null),
    sender: read('sender', optional(parseSenderEmail), saved?.sender ?? null),
    appName: read('name', optional(parseProfileName), null) ?? DEFAULT_APP_NAME,
  }
  const objectIdInToken = objectIdOf(runs, values)
  const typedObjectId = read('object', parseObjectId, null)
  return {
    values: { ...values, objectId: typedObjectId ?? objectIdInToken },
    choices: {
      path: oneOf(PATHS, entered('path')) ?? (passedWithoutRole(runs, values) ? 'rbac' : 'mailbox'),
      credential: oneOf(GUIDE_CREDENTIALS, entered('proof') ?? saved?.credential) ?? 'secret',
      tool: oneOf(TOOLS, entered('tool')) ?? 'powershell',
    },
    validationErrors,
    objectIdFromToken: objectIdInToken !== null && (typedObjectId ?? objectIdInToken) === objectIdInToken,
    typed: GUIDE_FIELDS.some((field) => entered(field) !== undefined),
  }
}

const oneOf = <T extends string>(values: readonly T[], text: string | null | undefined): T | null =>
  values.find((value) => value === text) ?? null

type AppValues = Pick<GuideValues, 'cloud' | 'tenantId' | 'clientId' | 'sender'>

/** Whether a test used the application of these values. */
export const isAboutApp = (
  { values }: Pick<TestRun, 'values'>,
  { cloud, tenantId, clientId }: Omit<AppValues, 'sender'>,
): boolean => values.cloud === cloud?.id && values.tenantId === tenantId && values.clientId === clientId

/** Whether a test used the application and the sender of these values. */
export const isAbout = (run: Pick<TestRun, 'values'>, values: AppValues): boolean =>
  isAboutApp(run, values) && run.values.sender === values.sender

export const factOf = (run: TestRun, name: string): string | string[] | null =>
  run.stages.find(({ stage }) => stage === 'claims')?.facts?.[name] ?? null

/** The Object ID of the service principal, from the newest token of this application. */
function objectIdOf(runs: readonly TestRun[], values: AppValues): string | null {
  for (const run of runs) {
    const oid = isAboutApp(run, values) ? factOf(run, 'oid') : null
    if (typeof oid === 'string') return oid
  }
  return null
}

/** Whether the newest accepted test had a token without the role, which means that path B is in use. */
function passedWithoutRole(runs: readonly TestRun[], values: AppValues): boolean {
  const passed = runs.find((run) => isAbout(run, values) && run.outcome === 'accepted')
  return passed !== undefined && factOf(passed, 'warning') === 'role-missing'
}

/** The query of the guide's address for these values and choices, including gaps. */
export function guideQuery({ values, choices }: Pick<Guide, 'values' | 'choices'>): URLSearchParams {
  const fields: [GuideField, string][] = [
    ['cloud', values.cloud?.id ?? ''],
    ['tenant', values.tenantId ?? ''],
    ['client', values.clientId ?? ''],
    ['object', values.objectId ?? ''],
    ['sender', values.sender ?? ''],
    ['name', values.appName],
    ['path', choices.path],
    ['proof', choices.credential],
    ['tool', choices.tool],
  ]
  return new URLSearchParams(fields)
}
