import type { MailServerDeps } from './deps'
import type { MailServerChange } from './fields'
import { loadServer } from './store/settings'

/** The saved settings as a change that keeps its secret. Null if nothing is saved, or if it cannot be read. */
export async function savedChange({ id, db }: MailServerDeps): Promise<MailServerChange | null> {
  const server = await loadServer(db, id)
  if (!server?.settings) return null
  const { settings, credential } = server
  const isWithoutSecret = credential === null && settings.type !== 'smtp'
  return {
    settings,
    secret: { kind: isWithoutSecret ? 'none' : 'keep' },
    secretExpiresAt: credential?.expiresAt ?? null,
  }
}
