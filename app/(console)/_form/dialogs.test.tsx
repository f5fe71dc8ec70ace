import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { managementOf as clientDialogs } from '@/app/(console)/clients/[id]/page'
import { managementOf as serverDialogs } from '@/app/(console)/mail-server/_view/manage-forms'
import type { MenuDialog } from '@/components/menu'
import { translatorFor } from '@/lib/i18n/translations'

const server = (id: string) => ({ id, name: id, isDefault: false, version: 1, failoverId: null }) as never
const servers = [server('a'), server('b')]
const client = { id: 'a', name: 'Scanner', way: 'login', version: 1, disabledAt: null } as never

/** With the dialog that its form names, if any. */
const named = (dialogs: readonly MenuDialog[]) =>
  dialogs.map(({ id, form }) => [id, /name="dialog" value="(\w+)"/.exec(renderToStaticMarkup(form))?.[1]])

test('a form that may need a fresh session and cannot ask for it itself names its dialog, which is opened again after the password', () => {
  expect(named(clientDialogs(client, translatorFor('en', 'clients')))).toEqual([
    ['reset', 'reset'],
    ['access', 'access'],
    ['remove', 'remove'],
  ])
  expect(named(serverDialogs({ server: server('a'), servers, t: translatorFor('en', 'mail-server') }))).toEqual([
    ['rename', undefined],
    ['failover', undefined],
    ['default', 'default'],
    ['remove', 'remove'],
  ])
})
