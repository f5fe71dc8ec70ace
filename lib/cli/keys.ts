import type { Command } from 'commander'
import type { RotationFault } from '../operations/rotate-keys'
import { type CommandContext, jsonCommand, refuse } from './context'

/** What a person reads; the JSON of `status` keeps to its contract. */
const STATE_LABELS = {
  right: 'verified',
  new: 'not used yet',
  wrong: 'WRONG: the key file has another key under this id',
  missing: 'MISSING: not in the key file',
} as const

export function register(program: Command, context: CommandContext): void {
  const keys = program.command('keys').description('the keys that seal stored secrets')

  jsonCommand(keys, 'status')
    .description('the sealing keys, and what they seal (exit code 1: one is missing or wrong)')
    .action(async () => {
      const { keyStatus } = await import('../operations/rotate-keys')
      const status = await keyStatus(await context.services())
      const bad = status.keys.filter(({ state }) => state === 'wrong' || state === 'missing')
      context.exit(bad.length > 0 || status.current === null ? 1 : 0)
      if (context.isJson) for (const { kid, state } of bad) context.say(`${kid}: ${STATE_LABELS[state]}`)
      context.document({
        current: status.current,
        keys: status.keys.map(({ kid, rows, mayGo }) => ({ kid, rows, mayGo })),
      })
      if (status.current === null) context.say('There is no key in the key file. Put back the file that had the keys.')
      for (const { kid, rows, mayGo, state } of status.keys) {
        const use = kid === status.current ? 'seals new secrets' : 'opens older secrets'
        const marks = [use, `${rows} ${rows === 1 ? 'secret' : 'secrets'} sealed with it`, STATE_LABELS[state]]
        context.print(`${kid}: ${marks.join(', ')}${mayGo ? '; its line can be removed from the key file' : ''}`)
        if (state === 'wrong' && rows === 0)
          context.print(
            `No secret is sealed with a key ${kid}. If this is the key to use, give it a new ID in the key file and restart. Otherwise put the previous one back.`,
          )
      }
    })

  jsonCommand(keys, 'rotate')
    .description(
      'seal every secret again with the first key of the key file (exit code 1: some are not sealed with it)',
    )
    .action(async () => {
      const { keyStatus, rotateKeys } = await import('../operations/rotate-keys')
      const services = await context.services()
      const rotated = await rotateKeys(services, context.caller, ({ done, left, failed }) =>
        context.say(`done ${done}, left ${left}, failed ${failed}`),
      )
      if (!rotated.ok) return refuse(context, faultLine(rotated.error), rotated.error)
      const { done, failed } = rotated.value
      const { current, keys } = await keyStatus(services)
      const total = keys.reduce((sum, { kid, rows }) => (kid === current ? sum : sum + rows), 0)
      const elsewhere = Math.max(0, total - failed)
      context.exit(failed + elsewhere > 0 ? 1 : 0)
      context.document({ ...rotated.value, elsewhere })
      if (context.isJson) return
      if (done + failed + elsewhere === 0)
        return context.print(
          `Nothing to do: every secret is sealed with ${current}, the first key of the key file. To rotate, put a new key on the first line of the file, restart, and run this again.`,
        )
      context.print(`Sealed with ${current}: ${done} ${done === 1 ? 'secret' : 'secrets'}. Failed: ${failed}.`)
      if (elsewhere > 0)
        context.print(
          `Sealed with another key: ${elsewhere} ${elsewhere === 1 ? 'secret' : 'secrets'}. If a rotation with another first key ran at the same time, give every machine the same key file and restart Postroom there. Then run this again.`,
        )
      else if (failed === 0) context.print('`postroom keys status` shows which old keys can be removed.')
    })
}

function faultLine(fault: RotationFault): string {
  switch (fault.kind) {
    case 'no-keys':
      return 'There is no key in the key file.'
    case 'key-wrong':
      return `The key ${fault.kid} in the key file is not the one that had this id before. Put the previous one back.`
    case 'not-started':
      return `Nothing was changed: a console or worker is running that started without the key ${fault.kid} on the first line of its key file. Restart Postroom on every machine, then run this again.`
    case 'unreadable': {
      const count = fault.credentialIds.length
      const secrets = count === 1 ? '1 stored secret does' : `${count} stored secrets do`
      return `Nothing was changed: ${secrets} not open. Put the missing key back: \`postroom keys status\` shows which keys are missing or wrong. If it shows none, POSTROOM_CLOUDS_FILE lacks the Microsoft cloud of a mail server.`
    }
  }
}
