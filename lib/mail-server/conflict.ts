import { auditEntry } from '../audit/entry'
import { refuse } from '../audit/store/log'
import type { LocalisedCaller } from '../i18n/locale'
import type { Result } from '../kernel/result'
import type { MailServerDeps } from './deps'
import { defaultFields, fieldsOf, type MailServerFields } from './form-fields'
import { loadRevision } from './store/revisions'
import { isRemoved } from './store/servers'
import { loadServer } from './store/settings'

/** Someone else removed the mail server in between. */
interface Removed {
  kind: 'removed'
}

/** Someone else saved `version` in between. */
interface Saved {
  kind: 'conflict'
  theirs: { by: string; at: Date; fields: MailServerFields }
  version: number
}

export type Conflict = Saved | Removed

/** Refuses a save or a restore that is based on an old version. The form shows both the saved and the submitted values. */
export async function conflict(
  { id, db, audit, rules, clock }: MailServerDeps,
  caller: LocalisedCaller,
  action: 'mail-server.save' | 'mail-server.restore',
  basedOn: number,
): Promise<Result<never, Conflict>> {
  const server = await loadServer(db, id)
  const version = server?.version ?? 0
  const revision = server && (await loadRevision(db, id, version))
  const entry = auditEntry(action, caller, `mail-server:${id}`, { madeOn: basedOn, version })
  if (!server && (await isRemoved(db, id))) return refuse({ audit }, entry, { kind: 'removed' })
  return refuse({ audit }, entry, {
    kind: 'conflict',
    version,
    theirs: {
      by: revision?.savedBy ?? '',
      at: revision?.savedAt ?? clock.now(),
      fields: server?.settings
        ? fieldsOf(server.settings, server.credential, rules.clouds)
        : defaultFields(rules.clouds),
    },
  })
}
