import { expect, test } from 'vitest'
import { saved } from '../../tests/support/mail-server'
import { rotationWorld } from '../../tests/support/rotation-world'
import { MINUTE_MS } from '../kernel'

const { change, fields, pass, permitted, slots, startServices } = rotationWorld()

test('replacing through Microsoft is possible once the permission is granted, and what was seen is asked again later', async () => {
  const own = startServices()
  await saved(own.mail, fields(), 0)
  const { mailServer } = await slots(own)
  const right = () => own.credentials.renewalRight(mailServer.id)
  expect(await right()).toBe('missing')
  await permitted()
  expect(await right()).toBe('granted')
  await change('expire-secret')
  expect(await right()).toBe('granted')
  pass(11 * MINUTE_MS)
  expect(await right()).toBe('unknown')
  expect(await own.credentials.renewalRight('00000000-0000-4000-8000-000000000000')).toBe('unknown')
})
