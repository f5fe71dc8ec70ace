import { expect, test } from 'vitest'
import { breakCommand, commandText } from './break-command'

test('a long PowerShell command is broken before its parameters, so that it is still one command', () => {
  expect(
    breakCommand(
      "New-ServicePrincipal -AppId 'c0de57a3-90ab-4f0e-8a47-6f1f5b7d2e91' -ObjectId '0b1ec7a3-90ab-4f0e-8a47-6f1f5b7d2e91'",
    ),
  ).toBe(
    "New-ServicePrincipal -AppId 'c0de57a3-90ab-4f0e-8a47-6f1f5b7d2e91' `\n  -ObjectId '0b1ec7a3-90ab-4f0e-8a47-6f1f5b7d2e91'",
  )
})

test('a condition is broken before its `-and`', () => {
  const [app, object] = ["$_.AppId -eq 'c0de57a3-90ab-4f0e-8a47-6f1f5b7d2e91'", "$_.ObjectId -eq '0b1ec7a9'"]
  expect(breakCommand(`$sp = Get-ServicePrincipal | Where-Object { ${app} -and ${object} }`)).toBe(
    `$sp = Get-ServicePrincipal \`\n  | Where-Object { ${app} \`\n  -and ${object} }`,
  )
})

test('what is inside quotation marks stays whole', () => {
  const filter = '-Filter "Name -eq \'a very long name -with a hyphen that must not be broken at all\'"'
  expect(breakCommand(`Get-Mailbox ${filter}`)).toBe(`Get-Mailbox \`\n  ${filter}`)
})

test.each([
  'Get-ServicePrincipal | fl',
  '# A comment that is longer than a line of the report can be, and which -no switch may break in two',
  "postroom mail-server test --to 'someone-with-a-long-address@fabrikam.example' --dry-run --json",
])('every other line stays as it is: %s', (line) => {
  expect(breakCommand(line)).toBe(line)
})

test('commands stay apart, each with its comment, also after one that is only run in some cases', () => {
  const remove = '# Get-ServicePrincipal | Remove-ServicePrincipal'
  expect(
    commandText(['Connect-ExchangeOnline', '# Only if it differs.', remove, '# Check the result.', 'Get-Mailbox']),
  ).toBe(`Connect-ExchangeOnline\n\n# Only if it differs.\n${remove}\n\n# Check the result.\nGet-Mailbox`)
})
