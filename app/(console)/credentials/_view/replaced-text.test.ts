import { expect, test } from 'vitest'
import type { EditableField } from '@/lib/credentials/edit'
import { translatorFor } from '@/lib/i18n/translations'
import { fieldText, replacedText } from './replaced-text'

const t = translatorFor('en', 'credentials')
const said = (field: EditableField, stored: string, typed: string) =>
  replacedText([{ label: 'Field', stored: fieldText(field, stored, t) }], fieldText(field, typed, t), t)

test('what another person saved is said after the label, with days as people write them and an empty field in words', () => {
  expect(said('validUntil', '2027-02-01', '2027-03-01')).toBe(
    'Field: “1\u00a0Feb 2027” was saved in the meantime. You entered “1\u00a0Mar 2027”. Save again if your entry is to be stored instead.',
  )
  expect(said('note', 'two\nlines', ' \r\n')).toBe(
    'Field: “two / lines” was saved in the meantime. You left the field empty. Save again if it is to be empty.',
  )
  expect(said('owners', '', '2027-02-01')).toBe(
    'Field: emptied in the meantime. You entered “2027-02-01”. Save again if your entry is to be stored instead.',
  )
})
