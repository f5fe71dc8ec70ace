import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { translatorFor } from '@/lib/i18n/translations'
import { FIELD_NAMES, NO_FIELDS } from '@/lib/submission/client'
import { ClientFields } from './client-fields'

test('the form has every field of a client, since one that it lacks would be emptied by a save', () => {
  const html = renderToStaticMarkup(
    <ClientFields fields={NO_FIELDS} way="api-key" t={translatorFor('en', 'clients')} />,
  )
  const names = [...html.matchAll(/ name="(\w+)"/g)].map(([, name]) => name)
  expect([...new Set(names)].sort()).toEqual([...FIELD_NAMES].sort())
})
