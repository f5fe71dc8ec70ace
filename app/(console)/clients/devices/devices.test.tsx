import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { translatorFor } from '@/lib/i18n/translations'
import { newId } from '@/lib/kernel'
import { KNOWN_DEVICES } from '@/lib/submission/devices'
import { fieldsFor, knownOf } from '@/lib/submission/devices/fill-in'
import { DeviceTable, FailureTable, FieldList, Sources } from './device-parts'
import { readDevicesQuery, selectedDevices } from './query'

const t = translatorFor('de', 'devices')
const text = (html: string) =>
  html
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()

function deviceOf(id: string) {
  const device = KNOWN_DEVICES.find((known) => known.id === id)
  if (!device) throw new Error(id)
  return device
}

const idsFor = (params: Record<string, string | string[]>) =>
  selectedDevices(KNOWN_DEVICES, readDevicesQuery(params)).map(({ id }) => id)

test('devices are found by name, by the name of a setting, by a model in their notes, and by what they print', () => {
  expect(idsFor({ text: 'grafana' })).toEqual(['grafana'])
  expect(idsFor({ text: '  mail_smtphost ' })).toEqual(['nextcloud'])
  expect(idsFor({ text: 'mfc-9330cdw' })).toEqual(['brother-mfc'])
  expect(idsFor({ text: 'COULD not authenticate' })).toEqual(['kmail', 'laravel', 'phpmailer', 'symfony-mailer'])
  expect(idsFor({ text: 'smtp', kind: 'nas' })).toEqual(['qnap-qts', 'synology-dsm', 'truenas-core', 'truenas-scale'])
  expect(idsFor({ text: 'spaceship' })).toEqual([])
})

test('what is not a filter of the list shows all devices', () => {
  expect(idsFor({ kind: 'spaceship', text: ['a', 'b'], page: '2' })).toHaveLength(KNOWN_DEVICES.length)
})

test('the list says of each device what it supports, and links to it', () => {
  const html = renderToStaticMarkup(<DeviceTable devices={[deviceOf('fuji-xerox-apeosport-iv')]} client={null} t={t} />)
  expect(text(html)).toContain('Fuji Xerox ApeosPort-IV and DocuCentre-IV Drucker oder Scanner Nein Nein Ja Nein')
  expect(html).toContain('href="/clients/devices/fuji-xerox-apeosport-iv"')
})

test('the fields name this server and its port, and say in the language of the page what the reader has to know', () => {
  const device = deviceOf('grafana')
  const fields = fieldsFor(device, 'starttls', { server: 'mail.contoso.example', port: '2587' })
  const html = renderToStaticMarkup(<FieldList path={device.settings.path} fields={fields} t={t} />)
  expect(text(html)).toContain('Wo: grafana.ini → [smtp]')
  expect(text(html)).toContain('host mail.contoso.example:2587')
  expect(html).toContain('<div lang="en">')
  expect(html).toMatch(/<var lang="de"[^>]*>‹Kennwort›<\/var>/)
})

test('from the card of a client, the fields contain its user name and sender, and never a password', () => {
  const client = { way: 'login' as const, login: 'scan-1a2b', senders: ['scanner@contoso.example'] }
  const known = { server: 'mail.contoso.example', port: '587', ...knownOf(client) }
  const fields = fieldsFor(deviceOf('nextcloud'), 'starttls', known)
  const html = renderToStaticMarkup(<FieldList path={[]} fields={fields} t={t} />)
  expect(text(html)).toContain('scan-1a2b')
  expect(text(html)).toContain('‹Kennwort›')
  expect(knownOf({ ...client, login: null })).toEqual({ sender: 'scanner@contoso.example' })
  const id = newId()
  expect(readDevicesQuery({ client: id }).client).toBe(id)
  expect(readDevicesQuery({ client: 'x' }).client).toBeNull()
})

test('a failure names the replies of this server, each once', () => {
  const failures = deviceOf('python-smtplib').failures.filter(({ prints }) => prints === 'SMTPSenderRefused')
  const html = renderToStaticMarkup(<FailureTable failures={failures} t={t} />)
  expect(text(html)).toContain('SMTPSenderRefused The client may not send from this address, or')
  expect(text(html)).toContain('The reply of this server follows. 550 5.7.1')
  expect(text(html).match(/550 5\.7\.1/g)).toHaveLength(1)
})

test('sources are links with the day on which they were read', () => {
  const html = renderToStaticMarkup(<Sources device={deviceOf('truenas-core')} t={t} />)
  expect(html).toContain('href="https://www.truenas.com/docs/core/13.0/uireference/system/email/"')
  expect(text(html)).toContain('Gelesen am 27. Nov. 2026')
})
