import type { Locale } from '../i18n/locale'
import type { MailServerDeps } from './deps'
import { listRevisions, type PageOf, type RevisionSummary } from './store/settings'
import { latestObjectId, listTests, loadTest, type StoredTest, type TestSummary } from './store/test-runs'

/** Rows of one page of tests or revisions. */
const PAGE_ROWS = 20
const PAGE_ROWS_MAX = 100
const PAGE_MAX = 100_000

/** The page that was requested, within bounds. */
const pageOf = ({ page = 1, size = PAGE_ROWS }: Partial<PageOf> = {}): PageOf => ({
  page: Math.min(PAGE_MAX, Math.max(1, Math.trunc(page) || 1)),
  size: Math.min(PAGE_ROWS_MAX, Math.max(1, Math.trunc(size) || PAGE_ROWS)),
})

/** Connection tests, newest first; with `asSender` only those of this individual sender. */
export const history = (
  { id, db }: MailServerDeps,
  { asSender, ...page }: Partial<PageOf> & { asSender?: string } = {},
): Promise<{ rows: TestSummary[]; total: number }> => listTests(db, id, { ...pageOf(page), asSender })

/** Null if there is no such test. Its remedy is in the reader's language; without one, in that of the person who ran the test. */
export const report = ({ id, db }: MailServerDeps, testId: string, locale?: Locale): Promise<StoredTest | null> =>
  loadTest(db, id, testId, locale)

/** Object ID of the application, as the newest token named it. People paste it instead of the client ID. */
export const objectId = ({ id, db }: MailServerDeps): Promise<string | null> => latestObjectId(db, id)

/** Saved revisions, newest first. */
export const revisions = (
  { id, db }: MailServerDeps,
  page?: Partial<PageOf>,
): Promise<{ rows: RevisionSummary[]; total: number }> => listRevisions(db, id, pageOf(page))
