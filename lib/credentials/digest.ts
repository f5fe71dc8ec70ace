import { type Destination, destinationText } from '../kernel/destination'
import type { MailServerSettings } from '../kernel/mail-server-settings'
import type { Vault } from '../kernel/sealing'
import type { OpenedCredential } from './open-credential'

/** Keyed digest of destination and credential: it shows whether two are the same without opening either (docs/decisions/0003). */
export const digestOfCredential = (opened: OpenedCredential, destination: Destination, vault: Vault): string =>
  vault.digest(JSON.stringify(['credential', destinationText(destination), ...ownPart(opened)]))

function ownPart(opened: OpenedCredential): string[] {
  switch (opened.kind) {
    case 'client-secret':
    case 'smtp-password':
      return [opened.secret.reveal()]
    case 'certificate':
      return [opened.kind, opened.thumbprint]
    case 'federated-token':
    case 'managed-identity':
      return [opened.kind]
  }
}

/** JSON with its members in order, so that two equal settings give the same text whatever order the database returns. */
export const settingsText = (settings: MailServerSettings): string =>
  JSON.stringify(Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1)))

/** What a test verifies and a revision carries: these settings with this credential (docs/decisions/0003). */
export const revisionDigest = (settings: MailServerSettings, credential: string | null, vault: Vault): string =>
  vault.digest(JSON.stringify(['revision', settingsText(settings), credential]))
