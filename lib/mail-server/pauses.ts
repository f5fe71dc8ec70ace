import type { AuditEntry } from '../audit/entry'
export interface PauseNote {
  by: string
  code: string | null
  evidence: string | null
  version: number | null
  nextProbeAt: Date | null
  /** The fault is certainly the mail server's own (backup.ts). */
  isOwn: boolean
}

/** Whether mail leaves by a mail server just now, and if not, why. */
export interface DeliveryNow {
  mailServerId: string
  name: string
  /** `code`: of the diagnosis that paused it; null: a person did. */
  pause: { at: Date; by: string; code: string | null } | null
  /** Name of the backup that takes its mail over just now. */
  failover: string | null
}

/** Which mail servers are paused, and what their deliveries have shown. */
export interface Pauses {
  /**
   * False: it is paused already. A person's pause takes a diagnosis' place, a newer diagnosis an older one's.
   */
  pause(mailServerId: string, note: PauseNote, audit: AuditEntry): Promise<boolean>
  /** A message left as `from`: settings of this version, whose own sender that is, are verified by it. */
  verify(delivered: { mailServerId: string; version: number; from: string; messageId: string; at: Date }): Promise<void>
  /** Ends a pause by diagnosis, or by a person. */
  resume(mailServerId: string, by: 'diagnosis' | 'person', audit: AuditEntry): Promise<boolean>
  /** Of each mail server, the default one first. */
  delivery(): Promise<DeliveryNow[]>
  /** The try that a pause by diagnosis allows now: of all workers one gets it. */
  takeProbe(mailServerId: string, nextProbeAt: Date): Promise<boolean>
  /** When the server's settings or credential were changed last. */
  changedAt(mailServerId: string): Promise<Date | null>
}
