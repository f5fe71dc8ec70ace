import { expect, test } from 'vitest'
import { readPasted } from './pasted'

const tenantId = '6f1d2c3b-0a4e-4d5f-8b6a-112233445566'
const clientId = '0c9e8d7f-1b2a-4c3d-9e4f-778899aabbcc'
const objectId = 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee'
const clientSecret = 'x8Q~abcDEF.ghi-jkl_MNO123pqrSTU45678vwx='

test.each([
  [
    "the portal's overview, label above value",
    `Application (client) ID\n${clientId}\nObject ID\n${objectId}\nDirectory (tenant) ID\n${tenantId}`,
    { clientId, tenantId },
  ],
  [
    'the Azure command line',
    `{\n  "appId": "${clientId}",\n  "displayName": "postroom",\n  "password": "${clientSecret}",\n  "tenant": "${tenantId}"\n}`,
    { clientId, tenantId, clientSecret },
  ],
  [
    'Get-ServicePrincipal | fl',
    `AppId       : ${clientId}\nObjectId    : ${objectId}\nDisplayName : postroom`,
    { clientId },
  ],
  [
    'variables, with typographic quotes',
    `TENANT_ID=“${tenantId}”\nCLIENT_ID=“${clientId}”\nCLIENT_SECRET=“${clientSecret}”\nSENDER=noreply@contoso.example`,
    { tenantId, clientId, clientSecret, senderAddress: 'noreply@contoso.example' },
  ],
  [
    'a German portal',
    `Anwendungs-ID (Client): ${clientId}\nVerzeichnis-ID (Mandant): ${tenantId}\nGültig bis: 2027-05-01\nGeheime ID: ${objectId}\nWert: ${clientSecret}`,
    { clientId, tenantId, clientSecret, secretExpiresAt: '2027-05-01' },
  ],
  [
    'Graph',
    `"secretText": "${clientSecret}",\n"endDateTime": "2027-05-01T10:00:00Z",\n"keyId": "${objectId}"`,
    { clientSecret, secretExpiresAt: '2027-05-01' },
  ],
  ['an ID without a label', clientId, {}],
  ['an application ID that is none', 'Application (client) ID: none yet', {}],
  ['nothing', '', {}],
])('set-up output: %s', (_, text, fields) => {
  expect(readPasted(text)).toEqual(fields)
})

test('a very long text costs little', () => {
  expect(readPasted('a: '.repeat(200_000))).toEqual({})
})
