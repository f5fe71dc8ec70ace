import { permissionCommands, type Remedy, type RemedyFacts, remedy } from '../diagnosis'
import type { Locale, LocalisedCaller } from '../i18n/locale'
import type { DiagnosisCode } from '../kernel/diagnosis-code'
import type { Result } from '../kernel/result'
import type { SenderWay } from '../policy/sender'
import type { TestDeps, TestInput } from './connection-test/input'
import { factsOfSettings } from './connection-test/remedy-facts'
import type { TestEvent } from './connection-test/report'
import { startTest, type TestRefusal } from './connection-test/start'
import type { MailServerView } from './deps'
import { type FieldErrors, type FieldRules, parseChange, type RawFields } from './fields'
import type { PageOf, StoredRevision, StoredTest, TestSummary, TestsOf } from './ports'
import { type RestoreFault, restore } from './restore'
import { type Saved, save } from './save'
import type { MailServerChange } from './settings'
import type { MailState } from './status'
import type { RulesChoice } from './update-policy-rules'
import { type MailServerStatus, status, view } from './view'

/** Rows of one page of history or revisions. */
const LIST_PAGE_ROWS = 20

export interface RevisionSummary {
  number: number
  savedAt: Date
  savedBy: string
  settings: StoredRevision['settings']
  verified: boolean
}

/** Of one mail: as whom it was sent, by which mailbox, to whom. What is left out is the mail server's own. */
export type RemedyMail = Pick<RemedyFacts, 'sender' | 'mailbox' | 'recipient' | 'stage' | 'evidence'>

/** Everything that is done with the mail server, for console, command line and worker alike. */
export interface MailServerService {
  rules: FieldRules
  parse(raw: RawFields): Result<MailServerChange, FieldErrors>
  /** `known`: the same request has asked for it already. */
  view(known?: Promise<MailServerStatus>): Promise<MailServerView>
  status(): Promise<MailServerStatus>
  state(): Promise<MailState>
  /** The saved settings as a change that keeps its secret; null: nothing is saved, or it cannot be read. */
  savedChange(): Promise<MailServerChange | null>
  save(
    caller: LocalisedCaller,
    input: { change: MailServerChange; version: number; rules?: RulesChoice },
  ): Promise<Saved>
  restore(
    caller: LocalisedCaller,
    input: { number: number; version: number },
  ): Promise<Result<{ version: number }, RestoreFault>>
  test(caller: LocalisedCaller, input: TestInput): Promise<Result<AsyncGenerator<TestEvent, void, void>, TestRefusal>>
  /** Tests, newest first. */
  history(page?: Partial<PageOf> & TestsOf): Promise<{ rows: TestSummary[]; total: number }>
  report(id: string): Promise<StoredTest | null>
  /** The application's Object ID, as the latest token told it: people paste it for the client ID. */
  objectId(): Promise<string | null>
  /** What mends a fault, with the saved settings' own values, and those of the mail that met it. */
  remedy(code: DiagnosisCode, locale: Locale, mail?: RemedyMail): Promise<Remedy>
  /** The lines that let the application send as this address, this way; none where nobody is asked for permission. */
  permission(sender: { address: string; mailbox: string; way: SenderWay }, locale: Locale): Promise<string[]>
  /** Saved states, newest first. */
  revisions(page?: Partial<PageOf>): Promise<{ rows: RevisionSummary[]; total: number }>
}

export function createMailServer(deps: TestDeps): MailServerService {
  const { store, rules } = deps
  return {
    rules,
    parse: (raw) => parseChange(raw, rules),
    view: (known = status(deps)) => view(deps, known),
    status: () => status(deps),
    state: async () => (await status(deps)).facts.state,
    async savedChange() {
      const server = await store.load()
      if (!server?.settings) return null
      const { settings, credential } = server
      const isWithout = credential === null && settings.type !== 'smtp'
      return {
        settings,
        secret: { kind: isWithout ? 'none' : 'keep' },
        secretExpiresAt: credential?.expiresAt ?? null,
      }
    },
    save: (caller, input) => save(deps, caller, { rules: { kind: 'leave' }, ...input }),
    restore: (caller, input) => restore(deps, caller, input),
    test: (caller, input) => startTest(deps, caller, input),
    history: ({ asSender, ...page } = {}) =>
      store.tests({ ...pageOf(page), ...(asSender !== undefined && { asSender }) }),
    report: (id) => store.test(id),
    objectId: () => store.latestObjectId(),
    async remedy(code, locale, mail) {
      const [server, objectId] = await Promise.all([store.load(), store.latestObjectId()])
      const facts = server?.settings ? factsOfSettings(server.settings, rules.clouds) : {}
      return remedy(code, { ...facts, objectId, ...mail }, locale)
    },
    async permission({ address, mailbox, way }, locale) {
      const [server, objectId] = await Promise.all([store.load(), store.latestObjectId()])
      if (server?.settings?.type !== 'exchange-online-oauth2') return []
      const facts = factsOfSettings(server.settings, rules.clouds)
      return permissionCommands(way, { ...facts, objectId, sender: address, mailbox }, locale)
    },
    async revisions(page) {
      const { rows, total } = await store.revisions(pageOf(page))
      return {
        rows: rows.map(({ number, savedAt, savedBy, settings, verified }) => ({
          number,
          savedAt,
          savedBy,
          settings,
          verified,
        })),
        total,
      }
    },
  }
}

const PAGE_MAX = 100_000
const pageOf = ({ page = 1, size = LIST_PAGE_ROWS }: Partial<PageOf> = {}): PageOf => ({
  page: Math.min(PAGE_MAX, Math.max(1, Math.trunc(page) || 1)),
  size: Math.min(100, Math.max(1, Math.trunc(size) || LIST_PAGE_ROWS)),
})

export type { TestEvent, TestReport } from './connection-test/report'
export type { MailServerView } from './deps'
export type { FieldErrors, FieldRules, RawFields } from './fields'
export { FIELDS } from './fields'
export type { MailServerFields } from './form-fields'
export type { StoredTest, TestSummary } from './ports'
export type { MailState } from './status'
export { toOauthDraft } from './to-oauth-draft'
