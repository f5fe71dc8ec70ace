import { type Destination, destinationText } from '../kernel/destination'
import type { Vault } from '../kernel/sealing'
import type { OpenedCredential } from './open-credential'

/** Keyed digest of destination and credential: tells whether two are the same without opening either (docs/decisions/0003). */
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
