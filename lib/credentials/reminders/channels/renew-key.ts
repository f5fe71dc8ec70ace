import { checkSealingKey } from '../../../db/sealing-key-check'
import type { Caller } from '../../../kernel/actor'
import type { Redacted } from '../../../kernel/redacted'
import { fail, ok, type Result } from '../../../kernel/result'
import { channelBinding } from '../../../kernel/sealing'
import { readChannel, updateChannel } from '../../store/channels'
import { newSigningKey, readSecret, withNewKey, writeSecret } from '../channel-secret'
import type { ReminderDeps } from '../deps'
import { channelEntry, refuse } from './audit'

export type RenewProblem = 'changed' | 'address-unreadable' | 'key-wrong'

/** Makes a new signing key for a webhook. For a day, messages carry a signature of the previous key as well. */
export async function renewKey(
  deps: ReminderDeps,
  caller: Caller,
  id: string,
): Promise<Result<{ name: string; key: Redacted }, RenewProblem>> {
  const { db, vault, clock } = deps
  const refused = (reason: RenewProblem) => refuse(deps, 'channel.change', caller, id, reason)
  const channel = await readChannel(db, id)
  if (channel?.kind !== 'webhook' || channel.sealed === null) return fail('changed')
  if (!(await checkSealingKey(deps)).ok) return refused('key-wrong')
  const binding = channelBinding(id, channel.kind)
  const opened = await vault.open(channel.sealed, binding)
  if (!opened.ok) return refused('address-unreadable')
  const key = newSigningKey()
  const secret = writeSecret(withNewKey(readSecret(opened.value), key, clock.now()))
  const renewed = { sealed: await vault.seal(secret, binding), kid: vault.currentKid() }
  const details = { signingKey: 'changed', digest: vault.digest(secret.reveal()) }
  const audit = channelEntry('channel.change', caller, id, details)
  // If it was renewed since, that key stays.
  const isStored = await updateChannel(deps, id, { sealed: channel.sealed }, renewed, audit)
  return isStored ? ok({ name: channel.name, key }) : refused('changed')
}
