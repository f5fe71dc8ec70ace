import type { AuditEntry } from '../../audit/entry'
import type { MailServerSettings } from '../../kernel/mail-server-settings'
import type { Result } from '../../kernel/result'
import type { PolicyRules } from '../../policy'
import type { SenderObservation, SenderWay } from '../../policy/sender'

/** A sender as it is stored; what is said of it holds under the settings that `digest` is of. */
export interface StoredSender {
  /** In lower case. */
  address: string
  way: SenderWay
  addedBy: string
  addedAt: Date
  digest: string | null
  word: SenderObservation | null
}

/** Which senders are looked for. */
export interface SenderSearch {
  /** A part of the address, in lower case; empty: any. */
  text: string
  /** By the newest word, whether or not it still holds; null: any. */
  outcome: SenderObservation['outcome'] | 'none' | null
  /** Addresses that are left out. */
  except: readonly string[]
}

/** Each change and its audit row are one transaction; what is told as a value changed nothing. */
export interface SendersStore {
  /** By address, behind `after`; at most `rows`. */
  search(mailServerId: string, search: SenderSearch, page: { after: string; rows: number }): Promise<StoredSender[]>
  /** Those of these addresses that are stored. */
  these(mailServerId: string, addresses: readonly string[]): Promise<StoredSender[]>
  /** Those that are not there yet. */
  add(
    mailServerId: string,
    senders: { addresses: readonly string[]; way: SenderWay; by: string; max: number },
    audit: (added: readonly string[]) => AuditEntry,
  ): Promise<Result<readonly string[], 'gone' | 'too-many'>>
  /** A rule's sender, so that there is a row to keep its word in. Leaves no audit row: nothing was decided. */
  note(mailServerId: string, sender: { address: string; by: string }): Promise<void>
  /** Refused where the way is not `from` any more. An address that is not stored has the way that rules use without asking. */
  setWay(
    mailServerId: string,
    change: { address: string; from: SenderWay; to: SenderWay; by: string },
    audit: AuditEntry,
  ): Promise<Result<void, 'gone' | 'changed-meanwhile'>>
  remove(mailServerId: string, address: string, audit: AuditEntry): Promise<Result<void, 'gone'>>
}

/** What of the rest of the console bears on senders. */
export interface SendersContext {
  /** The policy rules as they are saved; null: none are, or they cannot be read. */
  rules(): Promise<PolicyRules | null>
  /** By which mail leaves that no rule sends elsewhere. */
  defaultServer(): Promise<string>
  /** What a word on this address would be about; null: these settings ask nobody who may send as whom. */
  digestOf(settings: MailServerSettings, sender: { address: string; mailbox: string }): string | null
}

/** What an attempt told of a sender. */
export interface SenderResult {
  mailServerId: string
  address: string
  digest: string
  /** Of the mail server's settings. */
  version: number
  messageId: string
  at: Date
  /** Null: the server took the mail. */
  refusal: { code: string; evidence: string } | null
  /** It was used because it was proven. */
  wasVerified: boolean
}

/** Keeps what attempts tell of senders. */
export interface SenderEvidence {
  /** False: it could not be kept. Never throws: a mail that left must not be tried again for it. */
  note(told: SenderResult): Promise<boolean>
}
