import type { Locale } from '../i18n/locale'
import type { MailServerDeps } from './deps'
import { listRevisions, type PageOf, type RevisionSummary } from './store/revisions'
import { latestObjectId, listTests, loadTest, type StoredTest, type TestSummary } from './store/test-runs'

/** Connection tests, newest first; with `asSender` only those of this individual sender. */
export const history = (
  { id, db }: MailServerDeps,
  page: PageOf & { asSender?: string },
): Promise<{ rows: TestSummary[]; total: number }> => listTests(db, id, page)

/** Null if there is no such test. Its remedy is in the reader's language; without one, in that of the person who ran the test. */
export const report = ({ id, db }: MailServerDeps, testId: string, locale?: Locale): Promise<StoredTest | null> =>
  loadTest(db, id, testId, locale)

/** Object ID of the application, as the newest token named it. People paste it instead of the client ID. */
export const objectId = ({ id, db }: MailServerDeps): Promise<string | null> => latestObjectId(db, id)

/** Saved revisions, newest first. */
export const revisions = (
  { id, db }: MailServerDeps,
  page: PageOf,
): Promise<{ rows: RevisionSummary[]; total: number }> => listRevisions(db, id, page)
