import 'server-only'
import { createHash, randomBytes } from 'node:crypto'
import { type Claim, claimFormToken } from '@/lib/db/form-tokens'
import { MINUTE_MS } from '@/lib/kernel'
import { services } from '@/lib/services'
import type { OperatorCaller } from './caller'

const FORM_TOKEN_FIELD = 'formToken'
const TOKEN = /^[A-Za-z0-9_-]{22,64}$/

/** What the one-time tokens of a page's forms begin with: 128 random bits, nothing stored until one is used. */
export const newFormToken = (): string => randomBytes(16).toString('base64url')

/** The page that says that the first post is still running has another token. For so long the same content is taken for a repeated post. */
const STILL_RUNNING_MS = 10 * MINUTE_MS
/** By person, purpose and content: the claim that was still running when its last post was answered. */
const stillRunning = new Map<string, { id: string; answeredMs: number }>()

/** The fields that say what was asked for, as one text, without the token and the framework's own, which carry the page's previous state. */
async function bodyText(form: FormData): Promise<string> {
  const fields = await Promise.all(
    [...form]
      .filter(([name]) => !name.startsWith('$') && name !== FORM_TOKEN_FIELD)
      .map(async ([name, value]) => [name, typeof value === 'string' ? value : await fileText(value)]),
  )
  return JSON.stringify(fields.sort(([a = ''], [b = '']) => Number(a > b) - Number(a < b)))
}

/** Another file is another content, also under the same name and of the same size. */
const fileText = async (file: File): Promise<string> =>
  `file:${createHash('sha256')
    .update(Buffer.from(await file.arrayBuffer()))
    .digest('hex')}`

/**
 * Lets a form be carried out once, however often it is posted: by a double click, a reload, the back button, a retry.
 * The first post gets `first` and must `finish` with its answer, or `abandon` when nothing happened; the others get that
 * answer, waiting for it if need be. The token belongs to the operator, and to this very content: with another content it
 * is refused (`other-content`). `malformed`: no token at all. After `running` the same content is that post again, whatever its token.
 *
 * @param purpose The audit action, whose row must hold the answer: it is all that is left
 * if the process ends before it answers.
 */
export async function claimForm(
  caller: OperatorCaller,
  purpose: string,
  form: FormData,
  waitMs: number,
): Promise<Claim | { kind: 'malformed' }> {
  const token = form.get(FORM_TOKEN_FIELD)
  if (typeof token !== 'string' || !TOKEN.test(token)) return { kind: 'malformed' }
  const { db, vault, clock } = services()
  const bodyHash = vault.digest(await bodyText(form))
  const content = JSON.stringify([caller.actor.id, purpose, bodyHash])
  const now = clock.monotonicMs()
  for (const [each, { answeredMs }] of stillRunning) if (now - answeredMs > STILL_RUNNING_MS) stillRunning.delete(each)
  const ofToken = createHash('sha256')
    .update(JSON.stringify([caller.actor.id, purpose, token]))
    .digest('hex')
  const id = stillRunning.get(content)?.id ?? ofToken
  const claim = await claimFormToken(db, { id, purpose, bodyHash, requestId: caller.origin.requestId }, waitMs, clock)
  if (claim.kind === 'running') stillRunning.set(content, { id, answeredMs: clock.monotonicMs() })
  else stillRunning.delete(content)
  return claim
}
