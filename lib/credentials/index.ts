import type { Locale } from '../i18n/locale'
import type { Caller } from '../kernel/actor'
import { fail, ok, type Result } from '../kernel/result'
import { type ProbeFault, probeOne } from './daily-check'
import type { CredentialsDeps, CredentialView, RotationStepper, SlotsView } from './deps'
import { isEntraServer } from './entra'
import { grantCommands, objectIdCommands } from './grant'
import { type DiscoverFault, type Discovery, discover } from './inventory/discover'
import { createLogins, type Logins } from './login'
import {
  type SaveWatchFault,
  type SetExpiryFault,
  type SetNoteFault,
  type SetOwnersFault,
  saveWatch,
  setExpiry,
  setNote,
  setOwners,
  type TakeFoundDateFault,
  takeFoundDate,
} from './note'
import type { Conflict, Probe, Rotation, Watch } from './ports'
import { type Warning, warningsOf } from './reminders/warnings'
import { type AddNextFault, addNext, type CredentialInput } from './rotation/add-next'
import { advanceDueRotations, runDailyChecks } from './rotation/advance'
import { type GoBackFault, goBack } from './rotation/go-back'
import { discardNext, type MakeCurrentFault, makeCurrent, type RemoveFault, remove } from './rotation/make-current'
import { beginRotation, graphStepper, type RotateFault } from './rotation/start'
import { type TestNextFault, type TestNextOutcome, testNext } from './rotation/test-next'
import { listed, slotsOf } from './views'

/** Everything that is done with credentials, for console, command line and worker alike. */
export interface Credentials extends Logins {
  /** Every credential that is kept, the ones in use first. */
  list(): Promise<CredentialView[]>
  byId(id: string): Promise<CredentialView | null>
  /** Each mail server with its slots and what is under way. */
  slots(): Promise<SlotsView[]>
  /** What Entra said of it, newest first. */
  probes(credentialId: string, rows: number): Promise<Probe[]>
  /** Newest first. */
  rotations(mailServerId: string, rows: number): Promise<Rotation[]>

  addNext(
    caller: Caller,
    input: { mailServerId: string; given: CredentialInput; note: string },
  ): Promise<Result<{ credentialId: string }, AddNextFault>>
  testNext(caller: Caller, mailServerId: string): Promise<Result<TestNextOutcome, TestNextFault>>
  makeCurrent(
    caller: Caller,
    input: { mailServerId: string; nextId: string; version: number },
  ): Promise<Result<{ version: number }, MakeCurrentFault>>
  /** Makes the fallback current again. */
  goBack(
    caller: Caller,
    input: { mailServerId: string; previousId: string; version: number },
  ): Promise<Result<{ version: number }, GoBackFault>>
  discardNext(
    caller: Caller,
    input: { mailServerId: string; nextId: string },
  ): Promise<Result<void, { kind: Conflict }>>
  remove(caller: Caller, input: { credentialId: string; insist: boolean }): Promise<Result<void, RemoveFault>>

  /** Asks Entra about one credential now. */
  probe(caller: Caller, credentialId: string): Promise<Result<Probe, ProbeFault>>
  /** Reads dates from Graph, if it permits. */
  discover(caller: Caller, mailServerId: string): Promise<Result<Discovery, DiscoverFault>>
  setNote(caller: Caller, input: { credentialId: string; note: unknown }): Promise<Result<void, SetNoteFault>>
  setExpiry(
    caller: Caller,
    input: { credentialId: string; expiresAt: Date | null },
  ): Promise<Result<void, SetExpiryFault>>
  setOwners(
    caller: Caller,
    input: { credentialId: string; owners: string; locale: Locale },
  ): Promise<Result<void, SetOwnersFault>>
  /** Takes the date that Graph told in place of the typed one. */
  takeFoundDate(caller: Caller, credentialId: string): Promise<Result<void, TakeFoundDateFault>>
  /** DER of a stored certificate, for the portal; null: it is none. */
  certificateFile(credentialId: string): Promise<{ name: string; bytes: Buffer } | null>

  /** What must not be overlooked, worst first; one query. */
  warnings(): Promise<Warning[]>
  watch(): Promise<Watch>
  saveWatch(
    caller: Caller,
    change: Pick<Watch, 'thresholdsDays' | 'inventory' | 'rotateDaysBefore' | 'version'>,
  ): Promise<Result<{ version: number }, SaveWatchFault>>

  /**
   * Replaces the current secret or certificate through Microsoft Graph, as far as that goes at once; the clock does the rest.
   *
   * @param input.objectId of the app registration, as typed; a certificate's replacement names it. Empty: as known.
   */
  rotateNow(caller: Caller, input: { mailServerId: string; objectId?: string }): Promise<Result<Rotation, RotateFault>>
  /** What an administrator runs to permit that for a secret; null: this server does not sign in at Entra. */
  rotationGrant(mailServerId: string): Promise<string[] | null>
  /** What an administrator runs to see the object ID that a certificate's replacement names. */
  objectIdLines(mailServerId: string): Promise<string[] | null>

  /** For the worker, every few seconds: rotations whose time has come. */
  advanceDueRotations(): Promise<number>
  /** For the worker, every few minutes: the day's questions. */
  runDailyChecks(): Promise<{ probed: number; found: number }>
}

export function createCredentials(
  deps: CredentialsDeps,
  steppers: readonly RotationStepper[] = [graphStepper(deps)],
): Credentials {
  const { store, certificates } = deps
  return {
    ...createLogins(deps),
    list: () => listed(deps),
    byId: async (id) => (await listed(deps)).find((view) => view.id === id) ?? null,
    slots: () => slotsOf(deps),
    probes: (credentialId, rows) => store.probes(credentialId, rows),
    rotations: (mailServerId, rows) => store.rotations(mailServerId, rows),
    addNext: (caller, input) => addNext(deps, caller, input),
    testNext: (caller, mailServerId) => testNext(deps, caller, mailServerId),
    makeCurrent: (caller, input) => makeCurrent(deps, caller, input),
    goBack: (caller, input) => goBack(deps, caller, input),
    discardNext: (caller, input) => discardNext(deps, caller, input),
    remove: (caller, input) => remove(deps, caller, input),
    probe: (caller, credentialId) => probeOne(deps, caller, credentialId),
    discover: (caller, mailServerId) => discover(deps, caller, mailServerId),
    setNote: (caller, input) => setNote(deps, caller, input),
    setExpiry: (caller, input) => setExpiry(deps, caller, input),
    setOwners: (caller, input) => setOwners(deps, caller, input),
    takeFoundDate: (caller, credentialId) => takeFoundDate(deps, caller, credentialId),
    async certificateFile(credentialId) {
      const credential = await store.byId(credentialId)
      if (!credential?.certificate || !credential.thumbprint) return null
      const name = `postroom-${credential.thumbprint.slice(0, 8).toLowerCase()}.cer`
      return { name, bytes: certificates.der(credential.certificate) }
    },
    async warnings() {
      const now = deps.clock.now()
      const { credentials, thresholdsDays } = await store.warned(now)
      return warningsOf(credentials, { thresholdsDays, now })
    },
    watch: () => store.watch(),
    saveWatch: (caller, change) => saveWatch(deps, caller, change),
    async rotateNow(caller, input) {
      const begun = await beginRotation(deps, caller, { ...input, automatic: false })
      if (!begun.ok) return begun
      await advanceDueRotations(deps, steppers)
      const rotation = await store.rotation(begun.value.rotationId)
      return rotation ? ok(rotation) : fail({ kind: 'no-server' })
    },
    async rotationGrant(mailServerId) {
      const server = await store.server(mailServerId)
      return server && isEntraServer(server) ? grantCommands(server, 'Application.ReadWrite.OwnedBy') : null
    },
    async objectIdLines(mailServerId) {
      const server = await store.server(mailServerId)
      return server && isEntraServer(server) ? objectIdCommands(server) : null
    },
    advanceDueRotations: () => advanceDueRotations(deps, steppers),
    runDailyChecks: () => runDailyChecks(deps),
  }
}

export type { CredentialView, SlotsView } from './deps'
